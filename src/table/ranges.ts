import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Database } from './duckdb.ts';
import { shown, TableError } from './errors.ts';
import { type RawParts, rawName, relation } from './raw-parts.ts';

const rangeSchema = Type.Object({
  count: Type.Number(),
  /** Null, as `max`, where every cell is missing. */
  min: Type.Union([Type.Number(), Type.Null()]),
  max: Type.Union([Type.Number(), Type.Null()]),
  /** Whether all are whole numbers that a double holds exactly. */
  integral: Type.Boolean(),
  finite: Type.Boolean(),
});

/** How many of a column's cells hold numbers, and what they lie between. */
export type Range = Type.Static<typeof rangeSchema>;

/** Columns per query: wide tables in one query take memory by the column. */
export const columnsPerQuery = 20;

/** The items with their index, several at a time. */
export function* batches<Item>(items: readonly Item[], size: number): Generator<[number, Item][]> {
  for (let first = 0; first < items.length; first += size)
    yield items.slice(first, first + size).map((item, index) => [first + index, item]);
}

/** The range of every column. Throws TableError at the first infinite cell or NaN. */
export async function columnRanges(database: Database, parts: RawParts, names: readonly string[]): Promise<Range[]> {
  const ranges: Range[] = [];
  for (const batch of batches(names, columnsPerQuery)) {
    const structs = batch.map(([column]) => rangeOf(rawName(column)));
    const [row] = await database.query(`SELECT ${structs} FROM ${relation(parts.paths)}`);
    for (const [column, name] of batch) {
      const range = Value.Parse(rangeSchema, row?.[rawName(column)]);
      if (!range.finite) throw await notFinite(database, parts, column, name);
      ranges.push(range);
    }
  }
  return ranges;
}

/** In DuckDB's order NaN comes after infinity, so that the ends of a range tell whether all of it is finite. */
function rangeOf(column: string): string {
  const [min, max] = [`min(${column})`, `max(${column})`];
  return `{count: count(${column})::DOUBLE,
    min: CASE WHEN isfinite(${min}) THEN ${min} END, max: CASE WHEN isfinite(${max}) THEN ${max} END,
    integral: coalesce(bool_and(${column} = trunc(${column})) AND greatest(-${min}, ${max}) <= ${2 ** 53}, false),
    finite: coalesce(isfinite(${min}) AND isfinite(${max}), true)} AS ${column}`;
}

async function notFinite(database: Database, parts: RawParts, column: number, name: string) {
  const [cell] = await database.query(`SELECT row::DOUBLE AS row, value FROM
    (SELECT ${rawName(column)} AS value, row_number() OVER () AS row FROM ${relation(parts.paths)})
    WHERE NOT isfinite(value) LIMIT 1`);
  return new TableError(
    'not-a-number',
    `Data row ${cell?.['row']}, column ${shown(name)}: expected a finite number, got ${cell?.['value']}.`,
  );
}
