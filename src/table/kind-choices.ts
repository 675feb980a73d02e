import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Limits } from '../config.ts';
import { formSql, isWholeSql, type Source } from './cell-sql.ts';
import { type ColumnKind, columnKinds } from './kinds.ts';
import type { TableColumn } from './profile.ts';
import { rawName } from './raw-parts.ts';
import { batches, type TableView } from './table-view.ts';

/** A kind that a column may be said to be of, or why it may not. */
export interface KindChoice {
  readonly kind: ColumnKind;
  readonly refusal?: string;
}

const fitSchema = Type.Object({
  /** Cells that are not missing, and of them those that are each of these. */
  given: Type.Number(),
  numbers: Type.Number(),
  whole: Type.Number(),
  booleans: Type.Number(),
});
type Fit = Type.Static<typeof fitSchema>;

/** For each column all kinds, and what speaks against them. */
export async function kindChoices(
  { database, raw }: TableView,
  sources: readonly Source[],
  columns: readonly TableColumn[],
  limits: Pick<Limits, 'maxCategories'>,
): Promise<KindChoice[][]> {
  const choices: KindChoice[][] = [];
  for (const batch of batches([...columns.entries()])) {
    const fits = batch.map(([column]) => `${fitSql(rawName(column), sources[column])} AS ${rawName(column)}`);
    const [row] = await database.query(`SELECT ${fits} FROM ${raw}`);
    for (const [column, { summary }] of batch) {
      const refusals = refusalsOf(Value.Parse(fitSchema, row?.[rawName(column)]), summary.distinctCount, limits);
      choices.push(columnKinds.map((kind) => ({ kind, ...(refusals[kind] && { refusal: refusals[kind] }) })));
    }
  }
  return choices;
}

function fitSql(cell: string, source: Source): string {
  const number = formSql(cell, source, 'number');
  return `{given: count(${cell})::DOUBLE, numbers: count(${number})::DOUBLE,
    whole: (count(*) FILTER (${isWholeSql(`(${number})`)}))::DOUBLE,
    booleans: count(${formSql(cell, source, 'boolean')})::DOUBLE}`;
}

function refusalsOf(
  { given, numbers, whole, booleans }: Fit,
  distinct: number,
  { maxCategories }: Pick<Limits, 'maxCategories'>,
): Partial<Record<ColumnKind, string>> {
  const notNumbers =
    numbers < given ? { continuous: 'not all cells are numbers', integer: 'not all cells are numbers' } : {};
  return {
    ...(whole < given && { integer: 'not all numbers are whole' }),
    ...notNumbers,
    ...(booleans < given && { boolean: 'not all cells are true or false, yes or no, or 1 or 0' }),
    ...(distinct > maxCategories && {
      categorical: `${distinct} different values are more than MAX_CATEGORIES=${maxCategories} allows`,
    }),
  };
}
