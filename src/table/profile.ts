import type { Limits } from '../config.ts';
import { type CategorySummary, countCategories } from './categories.ts';
import { formSql, isWholeSql } from './cell-sql.ts';
import { type Census, takeCensus } from './census.ts';
import { type Database, identifier } from './duckdb.ts';
import { shown, TableError, type TableErrorCode } from './errors.ts';
import { type Reading, readingOf } from './inference.ts';
import type { ColumnOptions, Inference } from './kinds.ts';
import { columnRanges, type Range } from './ranges.ts';
import { rawName, relation, rowCountOf } from './raw-parts.ts';
import type { RawTable, SpooledTable } from './spooled.ts';
import { type NumberSummary, summarizeNumbers } from './summary.ts';
import { batches, cellError, type TableView } from './table-view.ts';

export interface TableColumn extends Inference {
  readonly name: string;
  readonly missingCount: number;
  readonly lower?: number;
  readonly upper?: number;
  /** Of numbers for continuous and integer columns, of categories for the others. */
  readonly summary: NumberSummary | CategorySummary;
}

/** What a table holds. */
export interface Profile {
  readonly columns: readonly TableColumn[];
  /** SQL for the rows of a relation of raw cells, in the types in which they are stored. */
  readonly rows: (raw: string) => string;
  readonly view: TableView;
  /** About ignored columns. */
  readonly warnings: readonly string[];
}

type Asked = readonly ColumnOptions[];

/**
 * Finds out what each column of a table is, and summarizes it. Throws TableError at the first cell that is not what its
 * column is, or was asked to be.
 */
export async function profile(
  database: Database,
  { names, sources, parts }: RawTable,
  asked: Asked,
  { maxCategories, cellPath }: Pick<Limits, 'maxCategories'> & Pick<SpooledTable, 'cellPath'>,
): Promise<Profile> {
  const raw = relation(parts.paths);
  const texts = sources.flatMap((source, column) => (source === 'string' || source === 'text' ? [column] : []));
  const censuses = await takeCensus(database, raw, texts);
  const readings = sources.map((source, column) =>
    readingOf(source, censuses.get(column), asked[column], maxCategories),
  );
  const forms = sources.map(
    (source, column) => `${formSql(rawName(column), source, readings[column].form)} AS ${rawName(column)}`,
  );
  const formed = (source: string) => `(SELECT ${forms} FROM ${source})`;
  const rowCount = rowCountOf(parts);
  const view = { database, raw, relation: formed(raw), names, rowCount, cellPath };
  const counts = await checkForms(view, readings);
  const numbers = readings.flatMap(({ form }, column) => (form === 'number' ? [column] : []));
  const ranges = await columnRanges(view, numbers);
  await checkNumbers(view, asked, ranges);
  const inferences = readings.map((reading, column) => toInference(reading, ranges.get(column)));
  checkBounds(asked, inferences);
  const stored = readings.map(
    ({ form }, column) => `${rawName(column)}::${storedType(form, ranges.get(column))} AS ${identifier(names[column])}`,
  );
  const summaries = await summarize(view, inferences, ranges, { censuses, maxCategories });
  return {
    columns: inferences.map((inference, column) => ({
      ...inference,
      ...boundsOf(asked[column]),
      name: names[column],
      missingCount: rowCount - counts[column],
      summary: summaries[column],
    })),
    rows: (source) => `SELECT ${stored} FROM ${formed(source)}`,
    view,
    warnings: readings.flatMap(({ warning }, column) =>
      warning ? [`Column ${shown(names[column])} is ignored: ${warning}`] : [],
    ),
  };
}

function storedType(form: Reading['form'], range: Range | undefined): string {
  if (form === 'text') return 'VARCHAR';
  if (form === 'boolean') return 'BOOLEAN';
  return range?.integral ? 'BIGINT' : 'DOUBLE';
}

const expectations = {
  number: ['not-a-number', 'a number'],
  boolean: ['not-a-boolean', 'true or false, yes or no, or 1 or 0'],
  text: ['column-type', 'a text'],
} as const satisfies Record<Reading['form'], readonly [TableErrorCode, string]>;

/** How many cells of each column have a value. Throws TableError at the first cell that is not of its column's form. */
async function checkForms(view: TableView, readings: readonly Reading[]): Promise<number[]> {
  const counts: number[] = [];
  for (const batch of batches([...readings.keys()])) {
    const [given, formed] = await Promise.all([view.raw, view.relation].map((cells) => countCells(view, cells, batch)));
    for (const column of batch) {
      const name = rawName(column);
      if (given[name] !== formed[name]) throw await formError(view, column, readings[column]);
      counts.push(Number(formed[name]));
    }
  }
  if (counts.every((count) => count === 0))
    throw new TableError('no-values', 'Every cell is missing: no column has a value.');
  return counts;
}

async function countCells({ database }: TableView, relation: string, columns: readonly number[]) {
  const counts = columns.map((column) => `count(${rawName(column)})::DOUBLE AS ${rawName(column)}`);
  const [row = {}] = await database.query(`SELECT ${counts} FROM ${relation}`);
  return row;
}

async function formError(view: TableView, column: number, { form, mixed }: Reading): Promise<TableError> {
  const [code, expected] = expectations[form];
  const { message, path } = await cellError(view, column, 'cell IS NOT NULL AND value IS NULL', code, expected);
  const advice =
    ' Most cells of the column are numbers: "kind": "categorical" takes all for texts, and "ignore": true leaves it out.';
  return new TableError(code, mixed ? message + advice : message, path);
}

/** Throws TableError at the first number that is not what it was asked to be. */
async function checkNumbers(view: TableView, asked: Asked, ranges: ReadonlyMap<number, Range>): Promise<void> {
  for (const [column, { min, max, integral }] of ranges) {
    const { kind, lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = asked[column];
    if (min === null || max === null) continue;
    if (kind === 'integer' && !integral)
      throw await cellError(view, column, `NOT ${isWholeSql('value')}`, 'not-an-integer', 'a whole number');
    const outside = [
      ...(min < lower ? [`value < ${double(lower)}`] : []),
      ...(max > upper ? [`value > ${double(upper)}`] : []),
    ];
    if (outside.length > 0)
      throw await cellError(view, column, outside.join(' OR '), 'out-of-bounds', boundsText(lower, upper));
  }
}

const double = (value: number) => `'${value}'::DOUBLE`;

function boundsText(lower: number, upper: number): string {
  if (lower === Number.NEGATIVE_INFINITY) return `at most ${upper}`;
  return upper === Number.POSITIVE_INFINITY ? `at least ${lower}` : `a number from ${lower} to ${upper}`;
}

function toInference({ kind, reason, ignored }: Reading, range: Range | undefined): Inference {
  if (kind !== undefined) return { kind, reason, ignored };
  const inferred = range?.integral ? 'integer' : 'continuous';
  const found = range?.integral ? 'whole numbers' : 'numbers with fractions';
  return { kind: inferred, reason: reason || (range?.count === 0 ? 'every cell is missing' : found), ignored };
}

function boundsOf({ lower, upper }: ColumnOptions): Pick<TableColumn, 'lower' | 'upper'> {
  return { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
}

function checkBounds(asked: Asked, inferences: readonly Inference[]): void {
  asked.forEach(({ name, lower, upper }, column) => {
    const { kind } = inferences[column];
    if ((lower ?? upper) !== undefined && kind !== 'continuous' && kind !== 'integer')
      throw new TableError('column-options', `Column ${shown(name)} is ${kind}: only numbers have bounds.`, '/columns');
  });
}

async function summarize(
  view: TableView,
  inferences: readonly Inference[],
  ranges: ReadonlyMap<number, Range>,
  { censuses, maxCategories }: { censuses: ReadonlyMap<number, Census>; maxCategories: number },
): Promise<(NumberSummary | CategorySummary)[]> {
  const isNumber = ({ kind }: Inference) => kind === 'continuous' || kind === 'integer';
  const numbers = await summarizeNumbers(view, new Map([...ranges].filter(([column]) => isNumber(inferences[column]))));
  const summaries: (NumberSummary | CategorySummary)[] = [];
  for (const [column, { ignored }] of inferences.entries()) {
    const distinctCount = censuses.get(column)?.distinct ?? 0;
    const categories =
      numbers.get(column) ??
      (distinctCount > maxCategories ? undefined : await countCategories(view, column, maxCategories));
    if (categories === undefined && !ignored)
      throw new TableError(
        'too-many-categories',
        `Column ${shown(view.names[column])} has more different values than MAX_CATEGORIES=${maxCategories} allows.`,
      );
    summaries.push(categories ?? { categories: [], distinctCount });
  }
  return summaries;
}
