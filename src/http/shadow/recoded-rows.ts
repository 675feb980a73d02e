import type { ColumnEncoding, Encoding } from '../../flow/encoding/encoding.ts';
import { unknownCategory } from '../../table/codes.ts';

/** Rows in codes [rows, columns + context], row-major, as another model takes them. */
export type Recode = (rows: Float64Array) => Float64Array;

/**
 * Makes of the rows of one model those of another, whose columns may stand in another order and whose categories may have other
 * codes. Undefined where it models, or is given, other columns, or columns of other kinds: then the log-densities of the two
 * are of different things, and cannot be compared.
 */
export function recoder(from: Encoding, to: Encoding): Recode | undefined {
  const columns = placesIn(from.columns, to.columns);
  const context = placesIn(from.context, to.context);
  if (!columns || !context) return undefined;
  const given = [...from.columns, ...from.context];
  const taken = [...to.columns, ...to.context];
  const places = [...columns, ...context.map((place) => from.columns.length + place)];
  const codes = taken.map((column, index) => recodeCell(given[places[index]], column));
  const width = taken.length;
  return (rows) =>
    Float64Array.from(rows, (_, index) => {
      const place = index % width;
      return codes[place](rows[index - place + places[place]]);
    });
}

/** Where in `from` each column of `to` is; undefined where they are not the same columns. */
function placesIn(from: readonly ColumnEncoding[], to: readonly ColumnEncoding[]): number[] | undefined {
  const places = to.map(({ name, kind }) => from.findIndex((column) => column.name === name && column.kind === kind));
  return from.length === to.length && !places.includes(-1) ? places : undefined;
}

function recodeCell(from: ColumnEncoding, to: ColumnEncoding): (code: number) => number {
  if (from.kind !== 'categorical' || to.kind !== 'categorical') return (code) => code;
  const known = new Map(to.categories.map((category, code) => [category, code]));
  const codes = from.categories.map((category) => known.get(category) ?? unknownCategory);
  return (code) => (Number.isNaN(code) ? code : (codes[code] ?? unknownCategory));
}
