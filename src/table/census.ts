import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { daysSql, plainNumberSql } from './cell-sql.ts';
import { booleanTexts } from './cells.ts';
import { type Database, literal } from './duckdb.ts';
import { rawName } from './raw-parts.ts';
import { batches } from './table-view.ts';

const looksSchema = Type.Object({
  numbers: Type.Number(),
  /** Whole numbers as a number is written: without leading zeros. */
  plainIntegers: Type.Number(),
  dates: Type.Number(),
  /** By pair of texts for true and false. */
  booleans: Type.Array(Type.Number()),
});
type Looks = Type.Static<typeof looksSchema>;

const sizeSchema = Type.Object({
  /** Cells that are not missing. */
  count: Type.Number(),
  /** Estimated where there are many, in more than a million cells. */
  distinct: Type.Number(),
});
type Size = Type.Static<typeof sizeSchema>;

/** What the texts of a column look like. Beside numbers, what not all of them are may be counted short. */
export interface Census extends Size, Looks {}

/** Up to so many cells, or so many different texts, these are counted exactly. */
const exactCells = 1_000_000;
const exactTexts = 10_000;
/** Of a column with more texts, so many cells tell what cannot be true of all. */
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

/** Few texts are looked at once each; of many, the first say for what all need a look. */
async function censusOf(database: Database, cells: string, size: Size): Promise<Census> {
  if (size.distinct <= exactTexts) {
    const texts = `(SELECT text, count(*) AS n FROM ${cells} WHERE text IS NOT NULL GROUP BY text)`;
    const [row] = await database.query(`SELECT ${looksSql()}, count(*)::DOUBLE AS "distinct" FROM ${texts}`);
    return { ...size, ...Value.Parse(Type.Intersect([looksSchema, Type.Pick(sizeSchema, ['distinct'])]), row) };
  }
  const looks = async (from: string, some?: Looks) => {
    const [row] = await database.query(`SELECT ${looksSql(some)} FROM (SELECT text, 1 AS n FROM ${from})`);
    return Value.Parse(looksSchema, row);
  };
  const some = await looks(`${cells} WHERE text IS NOT NULL LIMIT ${sampleCells}`);
  const distinct =
    size.count <= exactCells ? await exactDistinct(database, cells) : Math.min(size.distinct, size.count);
  return { count: size.count, distinct, ...(await looks(cells, some)) };
}

/** By hashes, which take less memory than long texts. */
async function exactDistinct(database: Database, cells: string): Promise<number> {
  const [row] = await database.query(
    `SELECT count(DISTINCT hash(text)) FILTER (text IS NOT NULL)::DOUBLE AS count FROM ${cells}`,
  );
  return Number(row?.['count']);
}

/** SQL for what `text` looks like in rows that stand for `n` cells each, but for what not all of the first do. */
function looksSql(some?: Looks): string {
  const count = (condition: string, sampled = sampleCells) =>
    sampled < sampleCells ? '0::DOUBLE' : `coalesce(sum(n) FILTER (${condition}), 0)::DOUBLE`;
  const isPlain = `TRY_CAST(text AS BIGINT)::VARCHAR = text AND abs(TRY_CAST(text AS DOUBLE)) <= ${2 ** 53}`;
  const booleans = booleanTexts.map((pair, index) =>
    count(`lower(text) IN (${pair.map(literal).join(', ')})`, some?.booleans[index]),
  );
  return `${count(`${plainNumberSql('text')} IS NOT NULL`)} AS numbers,
    ${count(isPlain, some?.plainIntegers)} AS "plainIntegers",
    ${count(`${daysSql('text')} IS NOT NULL`, some?.dates)} AS dates, [${booleans}] AS booleans`;
}
