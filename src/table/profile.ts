import type { Limits } from '../config.ts';
import { type CategorySummary, countCategories } from './categories.ts';
import { type Form, formSql, naturalForm, type Source } from './cell-sql.ts';
import { type Census, takeCensus } from './census.ts';
import { checkBounds, checkForms, checkNumbers } from './checks.ts';
import { type Correlations, correlate } from './correlations.ts';
import { type Database, identifier } from './duckdb.ts';
import { shown, TableError } from './errors.ts';
import { type Reading, readingOf } from './inference.ts';
import type { ColumnOptions, Inference } from './kinds.ts';
import { columnRanges, type Range } from './ranges.ts';
import { type RawParts, rawName, relation, rowCountOf } from './raw-parts.ts';
import type { RawTable, SpooledTable } from './spooled.ts';
import { type NumberSummary, summarizeNumbers } from './summary.ts';
import { batches, type TableView } from './table-view.ts';

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
  /** Of the numeric columns that are not ignored. */
  readonly correlations: Correlations;
  /** SQL for the rows of a relation of raw cells, in the types in which they are stored. */
  readonly rows: (raw: string) => string;
  /** About ignored columns. */
  readonly warnings: readonly string[];
}

/** A table of which it is known what its cells are taken for. */
export interface FormedTable {
  readonly view: TableView;
  readonly parts: RawParts;
  readonly readings: readonly Reading[];
  readonly censuses: ReadonlyMap<number, Census>;
  /** Whether the files of the raw cells are as they are stored. */
  readonly isStored: boolean;
}

/** What is said of a table's columns, and how their faults are placed. */
export interface ProfileOptions extends Pick<Limits, 'maxCategories'>, Pick<SpooledTable, 'cellPath'> {
  readonly asked: readonly ColumnOptions[];
  /** Whether every cell may be missing. */
  readonly mayBeEmpty?: boolean;
}

/** All that is known of a column before it is summarized. */
interface KnownColumn extends Inference {
  readonly form: Form;
  readonly range: Range | undefined;
  readonly census: Census | undefined;
}

/** Finds out what the cells of each column are taken for. Throws TableError at the first cell that is not that. */
export async function formTable(
  database: Database,
  { names, sources, parts }: RawTable,
  { asked, maxCategories, cellPath }: ProfileOptions,
): Promise<FormedTable> {
  const raw = relation(parts);
  const censuses = await takeCensus(database, raw, textColumns(sources));
  const readings = sources.map((source, column) =>
    readingOf(source, censuses.get(column), asked[column], maxCategories),
  );
  const forms = sources.map((source, column) => formSql(rawName(column), source, readings[column].form));
  const cells = (columns: readonly number[], from = raw) =>
    `(SELECT ${columns.map((column) => `${forms[column]} AS ${rawName(column)}`)} FROM ${from})`;
  const view = { database, raw, cells, names, rowCount: rowCountOf(parts), cellPath };
  await checkForms(view, sources, readings);
  const isStored = names.every(
    (name, column) => parts.columns[column] === name && readings[column].form === naturalForm(sources[column]),
  );
  return { view, parts, readings, censuses, isStored };
}

/**
 * Finds out what each column of a table is, and summarizes it. Throws TableError at the first number that is not what
 * its column is, or was asked to be.
 */
export async function profile(table: FormedTable, options: ProfileOptions): Promise<Profile> {
  const { view, parts, readings } = table;
  const { names, cells } = view;
  const known = await knownColumns(table, options.asked);
  const stored = known.map(
    (column, index) => `${rawName(index)}::${storedType(column)} AS ${identifier(names[index])}`,
  );
  const used = known.map((column) => (column.ignored ? undefined : column));
  return {
    columns: await summarized(view, known, options),
    correlations: await correlate(view, parts, numericRanges(used)),
    rows: (from) => `SELECT ${stored} FROM ${cells([...names.keys()], from)}`,
    warnings: ignoredWarnings(names, readings),
  };
}

async function knownColumns(
  { view, readings, censuses }: FormedTable,
  asked: readonly ColumnOptions[],
): Promise<KnownColumn[]> {
  const ranges = await columnRanges(view, columnsOf(readings, 'number'));
  await checkNumbers(view, asked, ranges);
  const known = readings.map((reading, column) => {
    const range = ranges.get(column);
    return { form: reading.form, range, census: censuses.get(column), ...toInference(reading, range) };
  });
  checkBounds(asked, known);
  return known;
}

function ignoredWarnings(names: readonly string[], readings: readonly Reading[]): string[] {
  return readings.flatMap(({ warning }, column) =>
    warning ? [`Column ${shown(names[column])} is ignored: ${warning}`] : [],
  );
}

const textColumns = (sources: readonly Source[]) =>
  sources.flatMap((source, column) => (naturalForm(source) === 'text' ? [column] : []));

const columnsOf = (readings: readonly Reading[], form: Form) =>
  readings.flatMap((reading, column) => (reading.form === form ? [column] : []));

function toInference({ kind, reason, ignored }: Reading, range: Range | undefined): Inference {
  if (kind !== undefined) return { kind, reason, ignored };
  const inferred = range?.integral ? 'integer' : 'continuous';
  const found = range?.integral ? 'whole numbers' : 'numbers with fractions';
  return { kind: inferred, reason: reason || (range?.count === 0 ? 'every cell is missing' : found), ignored };
}

function storedType({ form, range }: KnownColumn): string {
  if (form === 'text') return 'VARCHAR';
  if (form === 'boolean') return 'BOOLEAN';
  return range?.integral ? 'BIGINT' : 'DOUBLE';
}

/** The ranges of continuous and integer columns, by the column. */
function numericRanges(known: readonly (KnownColumn | undefined)[]): [number, Range][] {
  return known.flatMap((column, index) =>
    column?.range && (column.kind === 'continuous' || column.kind === 'integer') ? [[index, column.range]] : [],
  );
}

async function summarized(
  view: TableView,
  known: readonly KnownColumn[],
  { asked, maxCategories, mayBeEmpty = false }: ProfileOptions,
): Promise<TableColumn[]> {
  const summaries = await summarizeNumbers(view, numericRanges(known));
  const counts = await countCells(view, known);
  if (!mayBeEmpty && counts.every((count) => count === 0))
    throw new TableError('no-values', 'Every cell is missing: no column has a value.');
  const columns: TableColumn[] = [];
  for (const [index, { kind, reason, ignored, census }] of known.entries()) {
    const { name, lower, upper } = { ...asked[index], name: view.names[index] };
    const summary = summaries.get(index) ?? (await categorySummary(view, index, { ignored, census, maxCategories }));
    const bounds = { ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
    const missingCount = view.rowCount - counts[index];
    columns.push({ name, kind, reason, ignored, missingCount, ...bounds, summary });
  }
  return columns;
}

async function categorySummary(
  view: TableView,
  column: number,
  about: { ignored: boolean; census: Census | undefined; maxCategories: number },
): Promise<CategorySummary> {
  const { ignored, maxCategories } = about;
  const distinctCount = about.census?.distinct ?? 0;
  const summary = distinctCount > maxCategories ? undefined : await countCategories(view, column, maxCategories);
  if (summary) return summary;
  if (ignored) return { categories: [], distinctCount };
  throw new TableError(
    'too-many-categories',
    `Column ${shown(view.names[column])} has more different values than MAX_CATEGORIES=${maxCategories} allows.`,
  );
}

/** How many cells of each column are not missing. */
async function countCells({ database, cells }: TableView, known: readonly KnownColumn[]): Promise<number[]> {
  const counts = known.map(({ range, census }) => range?.count ?? census?.count);
  const unknown = counts.flatMap((count, column) => (count === undefined ? [column] : []));
  for (const batch of batches(unknown)) {
    const counted = batch.map((column) => `count(${rawName(column)})::DOUBLE AS ${rawName(column)}`);
    const [row] = await database.query(`SELECT ${counted} FROM ${cells(batch)}`);
    for (const column of batch) counts[column] = Number(row?.[rawName(column)]);
  }
  return counts.map(Number);
}
