import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { daysSql, plainNumberSql } from './cell-sql.ts';
import { booleanTexts } from './cells.ts';
import { type Database, literal } from './duckdb.ts';
import { rawName } from './raw-parts.ts';
import { batches } from './table-view.ts';

const censusSchema = Type.Object({
  /** Cells that are not missing. */
  count: Type.Number(),
  numbers: Type.Number(),
  /** Whole numbers as a number is written: without leading zeros. */
  plainIntegers: Type.Number(),
  dates: Type.Number(),
  /** By pair of texts for true and false. */
  booleans: Type.Array(Type.Number()),
  /** Approximate where there are many, in more than a million cells. */
  distinct: Type.Number(),
});

/** What the texts of a column look like. */
export type Census = Type.Static<typeof censusSchema>;

const exactCells = 1_000_000;
/** An approximate count of so many says that there are few. */
const few = 1_000;

/** Counts what the texts of some of a relation's columns look like, by the column. */
export async function takeCensus(
  database: Database,
  relation: string,
  columns: readonly number[],
): Promise<Map<number, Census>> {
  const all = new Map<number, Census>();
  for (const batch of batches(columns)) {
    const [row] = await database.query(`SELECT ${batch.map(censusSql)} FROM ${relation}`);
    for (const column of batch) {
      const census = Value.Parse(censusSchema, row?.[rawName(column)]);
      const isExact = census.count <= exactCells || census.distinct <= few;
      const distinct = isExact
        ? await exactDistinct(database, relation, column)
        : Math.min(census.distinct, census.count);
      all.set(column, { ...census, distinct });
    }
  }
  return all;
}

/** By hashes, which take less memory than long texts. */
async function exactDistinct(database: Database, relation: string, column: number): Promise<number> {
  const [row] =
    await database.query(`SELECT count(DISTINCT hash(${rawName(column)})) FILTER (${rawName(column)} IS NOT NULL)::DOUBLE
    AS count FROM ${relation}`);
  return Number(row?.['count']);
}

function censusSql(index: number): string {
  const column = rawName(index);
  const count = (condition: string) => `count(*) FILTER (${condition})::DOUBLE`;
  const isPlain = `TRY_CAST(${column} AS BIGINT)::VARCHAR = ${column} AND abs(TRY_CAST(${column} AS DOUBLE)) <= ${2 ** 53}`;
  const booleans = booleanTexts.map((pair) => count(`lower(${column}) IN (${pair.map(literal).join(', ')})`));
  return `{count: count(${column})::DOUBLE, numbers: ${count(`${plainNumberSql(column)} IS NOT NULL`)},
    plainIntegers: ${count(isPlain)}, dates: ${count(`${daysSql(column)} IS NOT NULL`)},
    booleans: [${booleans}], "distinct": approx_count_distinct(${column})::DOUBLE} AS ${column}`;
}
