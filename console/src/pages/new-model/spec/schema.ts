import type { Container, Place } from './places.ts';
import { stringOf } from './places.ts';

/** As much of JSON schema as the parts of a spec are described with. */
export interface PartSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: PartSchema;
  readonly properties?: Readonly<Record<string, PartSchema>>;
  /** What each value of `enum` means. */
  readonly summaries?: Readonly<Record<string, string>>;
  /** What may be put in its place at once, each with what it is called. */
  readonly templates?: readonly { readonly name: string; readonly template: string; readonly summary: string }[];
  /** Of an object whose properties depend on those that it has. */
  choose?(entries: ReadonlyMap<string, string>): PartSchema;
}

interface PartType {
  readonly type: string;
  readonly summary: string;
  readonly schema: object;
}

/** What the service says flows may be made of. */
export interface Parts {
  readonly layers: readonly PartType[];
  readonly bases: readonly PartType[];
  readonly categorical: object;
}

/** What a spec may say, place by place. */
export function specSchema({ layers, bases, categorical }: Parts): PartSchema {
  const layerList: PartSchema = {
    type: 'array',
    description: 'The layers, from the data towards the base',
    get items() {
      return layer;
    },
  };
  const layer = layerSchema(layers, layerList);
  return {
    type: 'object',
    properties: {
      layers: layerList,
      base: objectOf(bases, {
        description: 'The distribution that the layers take the data to; by default a normal one',
      }),
      categorical: { ...categorical, description: 'The networks of categories, and of which cells are missing' },
    },
  };
}

function layerSchema(layers: readonly PartType[], layerList: PartSchema): PartSchema {
  const inverse = { type: 'inverse', summary: 'Another layer with its directions exchanged.', schema: {} };
  const of = objectOf([...layers, inverse], { description: 'A layer' });
  const repeat: PartSchema = {
    type: 'integer',
    minimum: 1,
    description: 'How many times the layers stand one after the other',
  };
  const templates = [
    ...(of.templates ?? []).filter(({ name }) => name !== 'inverse'),
    { name: 'inverse', template: '{"type": "inverse", "layer": {"type": "#{}"}}', summary: inverse.summary },
    { name: 'repeat', template: '{"repeat": #{1:4}, "layers": [#{}]}', summary: 'Layers that stand several times' },
  ];
  const schema: PartSchema = {
    ...of,
    templates,
    choose(entries) {
      if (entries.has('repeat')) return { type: 'object', properties: { repeat, layers: layerList } };
      const chosen = of.choose?.(entries) ?? of;
      const type = chosen.properties?.['type'] ?? {};
      if (typeIn(entries) === 'inverse') return { type: 'object', properties: { type, layer: schema } };
      if (entries.has('type')) return chosen;
      return { ...chosen, properties: { ...chosen.properties, repeat, layers: layerList } };
    },
  };
  return schema;
}

/** An object whose `type` decides what else it may say. */
function objectOf(parts: readonly PartType[], about: PartSchema): PartSchema {
  const type: PartSchema = {
    enum: parts.map((part) => part.type),
    summaries: Object.fromEntries(parts.map((part) => [part.type, part.summary])),
    description: 'What it is',
  };
  const known = new Map(parts.map((part) => [part.type, part.schema as PartSchema]));
  return {
    type: 'object',
    ...about,
    templates: parts.map((part) => ({ name: part.type, template: `{"type": "${part.type}"}`, summary: part.summary })),
    choose(entries) {
      const chosen = known.get(typeIn(entries) ?? '');
      return { type: 'object', ...chosen, properties: { ...chosen?.properties, type } };
    },
  };
}

function typeIn(entries: ReadonlyMap<string, string>): string | undefined {
  const written = entries.get('type');
  return written === undefined ? undefined : stringOf(written);
}

/** What the innermost of these may be: of an object its properties are settled. Undefined where nothing is known of it. */
export function schemaAround(root: PartSchema, around: readonly Container[]): PartSchema | undefined {
  let schema: PartSchema | undefined = root;
  for (const { segment, entries } of around) {
    if (segment !== undefined) schema = schema?.items ?? schema?.properties?.[segment];
    schema = schema?.choose?.(entries) ?? schema;
  }
  return schema;
}

/** What may stand at a place. */
export function schemaOf(root: PartSchema, { kind, around, key }: Place): PartSchema | undefined {
  const container = schemaAround(root, around);
  if (kind === 'element') return container?.items;
  return key === undefined ? container : container?.properties?.[key];
}

/** In words: what it is, its bounds, and what it is where nothing is said. */
export function described(schema: PartSchema): string {
  const { type, minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  const bounds = [
    minimum !== undefined && `at least ${minimum}`,
    exclusiveMinimum !== undefined && `above ${exclusiveMinimum}`,
    maximum !== undefined && `at most ${maximum}`,
    exclusiveMaximum !== undefined && `below ${exclusiveMaximum}`,
    schema.default !== undefined && `by default ${JSON.stringify(schema.default)}`,
  ];
  const what = schema.enum ? `one of ${schema.enum.join(', ')}` : type;
  return [what, ...bounds.filter((bound) => bound !== false)].filter((part) => part !== undefined).join(', ');
}
