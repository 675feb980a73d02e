import type { Cell } from './cells.ts';

/** A column of a model, as far as its values are entered and shown. */
export interface Field {
  readonly name: string;
  /** `any` where nothing is known of it. */
  readonly kind: 'number' | 'category' | 'any';
  readonly isInteger: boolean;
  /** Whether it is given, and not modelled. */
  readonly isContext: boolean;
  /** What a slider goes over: a little more than the values of the dataset. */
  readonly range: { readonly min: number; readonly max: number } | undefined;
  /** By how much an arrow key changes a number. */
  readonly step: number;
  readonly categories: readonly Cell[];
}

/** A column of a dataset, as far as its field depends on it. */
interface StoredColumn {
  readonly name: string;
  readonly kind: string;
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  readonly summary:
    | { readonly min: number | null; readonly max: number | null; readonly standardDeviation: number | null }
    | { readonly categories: readonly { readonly value: string | number | boolean }[] };
}

interface Names {
  readonly columns: readonly string[];
  readonly context: readonly string[];
}

/** The fields of a model, in the order in which it takes values: its columns, then its context. */
export function fieldsOf({ columns, context }: Names, stored: readonly StoredColumn[]): Field[] {
  return [...columns, ...context].map((name, place) => {
    const isContext = place >= columns.length;
    const column = stored.find((candidate) => candidate.name === name);
    return column ? storedField(column, isContext) : unknownField(name, isContext);
  });
}

/** The same, from rows of a model whose dataset is gone. */
export function fieldsOfRows({ columns, context }: Names, rows: readonly (readonly Cell[])[]): Field[] {
  return [...columns, ...context].map((name, place) => {
    const isContext = place >= columns.length;
    const values = rows.map((row) => row[place] ?? null).filter((value) => value !== null);
    if (values.length === 0) return unknownField(name, isContext);
    const numbers = values.filter((value) => typeof value === 'number');
    if (numbers.length < values.length)
      return { ...unknownField(name, isContext), kind: 'category', categories: [...new Set(values)].sort() };
    const [min, max] = [numbers.reduce(least), numbers.reduce(most)];
    const isInteger = numbers.every(Number.isInteger);
    return numberField({ name, isContext, isInteger, min, max, spread: (max - min) / 4 });
  });
}

const least = (a: number, b: number) => Math.min(a, b);
const most = (a: number, b: number) => Math.max(a, b);

function unknownField(name: string, isContext: boolean): Field {
  return { name, kind: 'any', isInteger: false, isContext, range: undefined, step: 1, categories: [] };
}

function storedField({ name, kind, summary, lower, upper }: StoredColumn, isContext: boolean): Field {
  if ('categories' in summary)
    return {
      ...unknownField(name, isContext),
      kind: 'category',
      categories: kind === 'boolean' ? [true, false] : summary.categories.map(({ value }) => value),
    };
  const { min, max, standardDeviation } = summary;
  const isInteger = kind === 'integer';
  if (min === null || max === null) return { ...unknownField(name, isContext), kind: 'number', isInteger };
  return numberField({ name, isContext, isInteger, min, max, spread: standardDeviation ?? 0, lower, upper });
}

interface Numbers {
  readonly name: string;
  readonly isContext: boolean;
  readonly isInteger: boolean;
  readonly min: number;
  readonly max: number;
  readonly spread: number;
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
}

/** How far a slider goes beyond what is known, in parts of that. */
const beyond = 0.25;

function numberField({ name, isContext, isInteger, min, max, spread, lower, upper }: Numbers): Field {
  const step = Math.max(niceStep((spread || max - min || 1) / 10), isInteger ? 1 : 0);
  const margin = beyond * (max - min || 1);
  const range = {
    min: Math.max(lower ?? -Infinity, onGrid(min - margin, step, Math.floor)),
    max: Math.min(upper ?? Infinity, onGrid(max + margin, step, Math.ceil)),
  };
  return { name, kind: 'number', isInteger, isContext, range, step, categories: [] };
}

/** A cell as its field has it: of a category it may be the text of a number, or of true and false. */
export function fitted({ kind, categories }: Field, cell: Cell): Cell {
  if (kind !== 'category' || cell === null) return cell;
  return categories.find((category) => String(category) === String(cell)) ?? cell;
}

/** The largest of 1, 2 and 5 times a power of ten that is not above `size`. */
export function niceStep(size: number): number {
  const exponent = Math.floor(Math.log10(size));
  const factor = [5, 2, 1].find((candidate) => candidate * 10 ** exponent <= size * (1 + 1e-9)) ?? 1;
  return Number(`${factor}e${exponent}`);
}

/** A number that is a little off a multiple of `step` only by rounding, as that multiple. */
export function onGrid(value: number, step: number, round: (quotient: number) => number = Math.round): number {
  return Number((round(value / step) * step).toPrecision(12));
}
