import { booleanTexts, missingTexts, timePattern } from './cells.ts';
import { literal } from './duckdb.ts';

/** What the cells of a raw column are: doubles, booleans, texts that were meant as such, or texts that may be anything. */
export type Source = 'number' | 'boolean' | 'string' | 'text';

/** What the cells of a column are taken for. */
export type Form = 'number' | 'boolean' | 'text';

/** The SQL type of a raw column. */
export const rawTypes = {
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
  text: 'VARCHAR',
} as const satisfies Record<Source, string>;

/** What the cells of a source are as they came. */
export function naturalForm(source: Source): Form {
  return source === 'number' || source === 'boolean' ? source : 'text';
}

const longestMissing = Math.max(...missingTexts.map((text) => text.length));

const list = (texts: readonly string[]) => texts.map(literal).join(', ');

/** SQL for a raw cell without the spaces around it; NULL where it stands for a missing one. */
export function cleanSql(cell: string, source: Source): string {
  if (source === 'boolean') return cell;
  if (source === 'number') return `CASE WHEN NOT isnan(${cell}) THEN ${cell} END`;
  const trimmed = `trim(${cell}, ' \t')`;
  const isMissing = (text: string) => `strlen(${text}) <= ${longestMissing} AND ${text} IN (${list(missingTexts)})`;
  // Trimming takes several times as long as seeing whether there is anything to trim: a space sorts before all letters.
  const mayBePadded = `${cell} < '!' OR suffix(${cell}, ' ') OR suffix(${cell}, '\t')`;
  return `CASE WHEN ${mayBePadded} THEN CASE WHEN NOT (${isMissing(trimmed)}) THEN ${trimmed} END
    WHEN NOT (${isMissing(cell)}) THEN ${cell} END`;
}

/** SQL for what a clean cell is in a form, as DOUBLE, BOOLEAN or VARCHAR; NULL where it is nothing in that form. */
export function formSql(cell: string, source: Source, form: Form): string {
  if (form === 'text') return textSql(cell, source);
  if (form === 'boolean') return booleanSql(cell, source);
  if (source === 'number') return cell;
  return source === 'boolean' ? `${cell}::DOUBLE` : `coalesce(${plainNumberSql(cell)}, ${daysSql(cell)})`;
}

/** SQL for the finite number that a text is. To DuckDB 1_000 is a number, to no other reader. */
export function plainNumberSql(text: string): string {
  const number = `TRY_CAST(${text} AS DOUBLE)`;
  return `CASE WHEN isfinite(${number}) AND NOT contains(${text}, '_') THEN ${number} END`;
}

/** SQL for the days since 1970-01-01 of an ISO 8601 text. */
export function daysSql(text: string): string {
  // A zone comes after the seconds: to look for a pattern takes several times as long.
  const hasZone = ['Z', '+', '-'].map((sign) => `contains(substr(${text}, 20), '${sign}')`).join(' OR ');
  const microseconds = (type: string) => `epoch_us(TRY_CAST(${text} AS ${type}))`;
  return `CASE WHEN NOT regexp_full_match(${text}, ${literal(timePattern)}) THEN NULL
    WHEN ${hasZone} THEN ${microseconds('TIMESTAMPTZ')} ELSE ${microseconds('TIMESTAMP')} END / 86400e6`;
}

/** SQL for a number as text: whole ones without a point. */
function textSql(cell: string, source: Source): string {
  if (source !== 'number') return `${cell}::VARCHAR`;
  return `CASE WHEN ${isWholeSql(cell)} THEN ${cell}::BIGINT::VARCHAR ELSE ${cell}::VARCHAR END`;
}

function booleanSql(cell: string, source: Source): string {
  if (source === 'boolean') return cell;
  if (source === 'number') return `CASE ${cell} WHEN 1 THEN true WHEN 0 THEN false END`;
  const [yes, no] = [0, 1].map((side) => booleanTexts.map((pair) => pair[side]));
  return `CASE WHEN lower(${cell}) IN (${list([...yes, '1'])}) THEN true WHEN lower(${cell}) IN (${list([...no, '0'])}) THEN false END`;
}

/** SQL for whether a double is a whole number that it holds exactly. */
export function isWholeSql(number: string): string {
  return `(${number} = trunc(${number}) AND abs(${number}) <= ${2 ** 53})`;
}
