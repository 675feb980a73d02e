import type { Tree } from '@lezer/common';
import { type Place, placeAt, type Range, stringOf, wordAt } from './places.ts';
import { described, type PartSchema, schemaAround, schemaOf } from './schema.ts';

/** Something that may be written at a place. */
export interface Suggestion {
  readonly label: string;
  /** What is written; #{} is where one goes on writing. */
  readonly template: string;
  /** What it is, and what it means. */
  readonly detail: string;
  readonly info: string;
}

export interface Suggestions extends Range {
  readonly options: readonly Suggestion[];
}

/** What may be written at a position, of what the word there is a part of; where it is of none and one has asked, all. */
export function suggestionsAt(
  { tree, text, schema }: { tree: Tree; text: string; schema: PartSchema },
  position: number,
  { isAsked = false }: { isAsked?: boolean } = {},
): Suggestions | undefined {
  const place = placeAt(tree, text, position);
  if (!place) return undefined;
  const word = text.slice(place.from, position).replace('"', '').toLowerCase();
  const all = place.kind === 'key' ? keys(place, schema) : valuesOf(schemaOf(schema, place));
  const like = all.filter(({ label }) => label.toLowerCase().includes(word));
  const options = like.length === 0 && isAsked ? all : like;
  return options.length === 0 ? undefined : { from: place.from, to: place.to, options: ifKey(place, text, options) };
}

/** A name that is followed by its value already is written alone. */
function ifKey({ kind, to }: Place, text: string, options: readonly Suggestion[]): readonly Suggestion[] {
  if (kind !== 'key' || !/^\s*:/.test(text.slice(to))) return options;
  return options.map((option) => ({ ...option, template: JSON.stringify(option.label) }));
}

function keys({ around, from, to }: Place, root: PartSchema): Suggestion[] {
  const { entries } = around[around.length - 1];
  const properties = Object.entries(schemaAround(root, around)?.properties ?? {});
  const isNew = ([name]: [string, PartSchema]) => !entries.has(name) || to - from > name.length + 1;
  return properties.filter(isNew).map(([name, schema]) => ({
    label: name,
    template: `${JSON.stringify(name)}: ${valueTemplate(schema)}`,
    detail: described(schema),
    info: schema.description ?? '',
  }));
}

function valueTemplate({ type, enum: choices, const: only, default: usual, templates }: PartSchema): string {
  if (only !== undefined) return JSON.stringify(only);
  if (type === 'array') return '[#{}]';
  if (templates) return '{"type": "#{}"}';
  if (type === 'object') return '{#{}}';
  if (choices && usual === undefined) return '"#{}"';
  return usual === undefined ? '#{}' : `#{1:${JSON.stringify(usual)}}`;
}

function valuesOf(schema: PartSchema | undefined): Suggestion[] {
  if (!schema) return [];
  const { type, enum: choices, const: only, default: usual, summaries = {}, templates = [] } = schema;
  const given = choices ?? (only !== undefined ? [only] : type === 'boolean' ? [true, false] : []);
  const found = given.map((value) => ({
    label: String(value),
    template: JSON.stringify(value),
    detail: value === usual ? 'default' : '',
    info: summaries[String(value)] ?? schema.description ?? '',
  }));
  const whole = templates.map(({ name, template, summary }) => ({ label: name, template, detail: '', info: summary }));
  const isNeeded = usual !== undefined && given.length === 0;
  const info = schema.description ?? '';
  const usualValue = { label: JSON.stringify(usual), template: JSON.stringify(usual), detail: 'default', info };
  return [...found, ...whole, ...(isNeeded ? [usualValue] : [])];
}

export interface Explanation extends Range {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What a name or a value means. */
export function explanationAt(
  { tree, text, schema }: { tree: Tree; text: string; schema: PartSchema },
  position: number,
): Explanation | undefined {
  const place = wordAt(tree, text, position);
  const found = place && schemaOf(schema, place);
  if (!place || !found) return undefined;
  const word = stringOf(text.slice(place.from, place.to));
  const summary = place.kind === 'key' ? undefined : found.summaries?.[word];
  const lines = summary === undefined ? [found.description ?? '', described(found)] : [summary];
  return { from: place.from, to: place.to, title: word, lines: lines.filter((line) => line !== '') };
}
