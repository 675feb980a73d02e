import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { rawName } from './raw-parts.ts';
import { batches, cellError, type TableView } from './table-view.ts';

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

/** The range of every one of some columns, whose cells are doubles. Throws TableError at the first infinite cell. */
export async function columnRanges(view: TableView, columns: readonly number[]): Promise<Map<number, Range>> {
  const ranges = new Map<number, Range>();
  for (const batch of batches(columns)) {
    const structs = batch.map((column) => rangeOf(rawName(column)));
    const [row] = await view.database.query(`SELECT ${structs} FROM ${view.cells(batch)}`);
    for (const column of batch) {
      const range = Value.Parse(rangeSchema, row?.[rawName(column)]);
      if (!range.finite) throw await cellError(view, column, 'NOT isfinite(value)', 'not-a-number', 'a finite number');
      ranges.set(column, range);
    }
  }
  return ranges;
}

function rangeOf(column: string): string {
  const [min, max] = [`min(${column})`, `max(${column})`];
  return `{count: count(${column})::DOUBLE,
    min: CASE WHEN isfinite(${min}) THEN ${min} END, max: CASE WHEN isfinite(${max}) THEN ${max} END,
    integral: coalesce(bool_and(${column} = trunc(${column})) AND greatest(-${min}, ${max}) <= ${2 ** 53}, false),
    finite: coalesce(isfinite(${min}) AND isfinite(${max}), true)} AS ${column}`;
}
