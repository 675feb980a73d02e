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
  /** Not counted where some of the first are none. */
  dates: Type.Number(),
  /** By pair of texts for true and false. */
  booleans: Type.Array(Type.Number()),
  /** Approximate where there are many, in more than a million cells. */
  distinct: Type.Number(),
});

/** What the texts of a column look like. */
export type Census = Type.Static<typeof censusSchema>;

const sizeSchema = Type.Pick(censusSchema, ['count', 'distinct']);
type Size = Type.Static<typeof sizeSchema>;

/** Up to so many cells, or so many different texts, these are counted exactly. */
const exactCells = 1_000_000;
const exactTexts = 10_000;
/** Of a column with more texts, so many cells tell whether all may be dates. */
const sampleCells = 1_000;

/** Counts what the texts of some of a relation's columns look like, by the column. */
export async function takeCensus(
  database: Database,
  relation: string,
  columns: readonly number[],
): Promise<Map<number, Census>> {
  const all = new Map<number, Census>();
  for (const batch of batches(columns)) {
    const counts = batch.map(
      (column) => `{count: count(${rawName(column)})::DOUBLE,
      "distinct": approx_count_distinct(${rawName(column)})::DOUBLE} AS ${rawName(column)}`,
    );
    const [row] = await database.query(`SELECT ${counts} FROM ${relation}`);
    for (const column of batch) {
      const size = Value.Parse(sizeSchema, row?.[rawName(column)]);
      all.set(column, await censusOf(database, `(SELECT ${rawName(column)} AS text FROM ${relation})`, size));
    }
  }
  return all;
}

/** Few texts are looked at once each. */
async function censusOf(database: Database, cells: string, { count, distinct }: Size): Promise<Census> {
  if (distinct <= exactTexts) {
    const texts = `(SELECT text, count(*) AS n FROM ${cells} WHERE text IS NOT NULL GROUP BY text)`;
    const [row] = await database.query(`SELECT ${looksSql(true)}, count(*)::DOUBLE AS "distinct" FROM ${texts}`);
    return Value.Parse(censusSchema, { count, ...row });
  }
  const first = `(SELECT text FROM ${cells} WHERE text IS NOT NULL LIMIT ${sampleCells})`;
  const [sample] = await database.query(
    `SELECT bool_and(${daysSql('text')} IS NOT NULL) AS "mayBeDates" FROM ${first}`,
  );
  const texts = `(SELECT text, 1 AS n FROM ${cells})`;
  const [row] = await database.query(`SELECT ${looksSql(sample?.['mayBeDates'] === true)} FROM ${texts}`);
  const exact = count <= exactCells ? await exactDistinct(database, cells) : Math.min(distinct, count);
  return Value.Parse(censusSchema, { count, ...row, distinct: exact });
}

/** By hashes, which take less memory than long texts. */
async function exactDistinct(database: Database, cells: string): Promise<number> {
  const [row] = await database.query(
    `SELECT count(DISTINCT hash(text)) FILTER (text IS NOT NULL)::DOUBLE AS count FROM ${cells}`,
  );
  return Number(row?.['count']);
}

/** SQL for what `text` looks like in rows that stand for `n` cells each. */
function looksSql(mayBeDates: boolean): string {
  const count = (condition: string) => `coalesce(sum(n) FILTER (${condition}), 0)::DOUBLE`;
  const isPlain = `TRY_CAST(text AS BIGINT)::VARCHAR = text AND abs(TRY_CAST(text AS DOUBLE)) <= ${2 ** 53}`;
  const booleans = booleanTexts.map((pair) => count(`lower(text) IN (${pair.map(literal).join(', ')})`));
  return `${count(`${plainNumberSql('text')} IS NOT NULL`)} AS numbers, ${count(isPlain)} AS "plainIntegers",
    ${mayBeDates ? count(`${daysSql('text')} IS NOT NULL`) : 0}::DOUBLE AS dates, [${booleans}] AS booleans`;
}
