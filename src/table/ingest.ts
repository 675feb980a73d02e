import { readFile } from 'node:fs/promises';
import { optionsOf } from './column-options.ts';
import type { Correlations } from './correlations.ts';
import { literal } from './duckdb.ts';
import { shown, TableError } from './errors.ts';
import type { ColumnOptions } from './kinds.ts';
import {
  type FormedTable,
  formTable,
  type Profile,
  type ProfileOptions,
  profile,
  type TableColumn,
} from './profile.ts';
import { type RawParts, relation } from './raw-parts.ts';
import { type ReadUpload, spoolUpload, type UploadInput } from './spool.ts';
import type { SpooledTable } from './spooled.ts';

/** Rows as one Parquet file of one row group, at most about 4 MB. */
export interface TablePart {
  readonly rowCount: number;
  readonly bytes: Uint8Array;
}

/** What a checked table holds. */
export interface TableDescription {
  /** What the body itself says. */
  readonly name: string | undefined;
  readonly rowCount: number;
  /** Of the upload, decompressed. */
  readonly byteCount: number;
  readonly columns: readonly TableColumn[];
  readonly correlations: Correlations;
  readonly warnings: string[];
}

interface TableParts extends AsyncDisposable {
  /** The rows in order; DOUBLE, BIGINT, BOOLEAN or VARCHAR columns. */
  parts(): AsyncGenerator<TablePart>;
}

/** A table, on disk until it is disposed of, that is being checked. */
export interface OpenTable extends TableParts {
  /** Rejects with TableError when it is not a table or not what is said of it. */
  readonly description: Promise<TableDescription>;
}

/** A checked table, on disk until it is disposed of. */
export interface IngestedTable extends TableDescription, TableParts {}

export interface TableInput extends UploadInput {
  /** What is said of the columns beside the body, once that has been read; else what the body says holds. */
  readonly columnOptions?: () => readonly ColumnOptions[] | undefined;
}

/** The cells of an upload, on disk until it is disposed of, and what is said of its columns. */
export interface OpenCells extends ReadUpload, AsyncDisposable {
  readonly spooled: SpooledTable;
  /** Of the upload, decompressed. */
  readonly byteCount: number;
  readonly about: ProfileOptions;
}

/** Reads the cells of an upload in constant memory. Throws as `openTable` does. */
export async function openCells(input: TableInput): Promise<OpenCells> {
  await using upload = await spoolUpload(input);
  const { spooled, byteCount } = upload;
  const options = input.columnOptions?.() ?? spooled.columnOptions ?? [];
  const asText = (name: string) => options.some((column) => column.name === name && column.kind === 'categorical');
  const read = await upload.read(asText);
  const about = { ...input.limits, asked: optionsOf(read.raw.names, options), cellPath: spooled.cellPath };
  return { ...read, spooled, byteCount, about, ...upload.keep() };
}

/**
 * Reads an upload into a table in constant memory; what its columns are is found out while its parts are taken.
 * Throws TableError when it is not a table, and the abort reason when `signal` fires.
 */
export async function openTable(input: TableInput): Promise<OpenTable> {
  await using resources = new AsyncDisposableStack();
  const cells = resources.use(await openCells(input));
  const { database, raw, about, partPath } = cells;
  const formed = await formTable(database, raw, about).catch(refuseMemory);
  const profiled = profile(formed, about).catch(refuseMemory);
  const description = profiled.then((found) => describe(found, { ...cells, ...formed.view }));
  // Who takes the parts first learns of its failure later.
  description.catch(ignore);
  const kept = resources.move();
  kept.defer(() => description.then(ignore, ignore));
  return {
    description,
    parts: () => (formed.isStored ? storedParts(raw.parts) : writtenParts(formed, profiled, partPath)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const ignore = () => {};

/** What the database that reads tables may take is bounded; of very many columns of many texts each it has to remember more. */
export function refuseMemory(error: unknown): never {
  if (!(error instanceof Error && error.message.startsWith('Out of Memory Error'))) throw error;
  throw new TableError(
    'too-much-memory',
    'The columns of texts have too many different texts in all to be summarized.',
  );
}

/** Reads an upload into a table and finds out what its columns are. Throws as `openTable` and its description do. */
export async function readTable(input: TableInput): Promise<IngestedTable> {
  await using resources = new AsyncDisposableStack();
  const table = resources.use(await openTable(input));
  const description = await table.description;
  const kept = resources.move();
  return { ...description, parts: table.parts, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** What is said of a table whose columns are known. */
export function describe(
  { columns, correlations, warnings }: Profile,
  { spooled, byteCount, rowCount }: { spooled: SpooledTable; byteCount: number; rowCount: number },
): TableDescription {
  const columnWarnings = columnsWarnings(columns, rowCount);
  return {
    name: spooled.name,
    rowCount,
    byteCount,
    columns,
    correlations,
    warnings: [...spooled.warnings, ...warnings, ...columnWarnings],
  };
}

/** What is to be told of a table's columns. */
export function columnsWarnings(columns: readonly TableColumn[], rowCount: number): string[] {
  return columns.flatMap((column) => (column.ignored ? [] : warningsOf(column, rowCount)));
}

function warningsOf({ name, missingCount, summary }: TableColumn, rowCount: number): string[] {
  if (missingCount === rowCount) return [`Column ${shown(name)} is missing in all ${rowCount} rows.`];
  const warnings: string[] = [];
  if (missingCount > 0) warnings.push(`Column ${shown(name)} is missing in ${missingCount} of ${rowCount} rows.`);
  const [first, last] =
    'categories' in summary
      ? [summary.categories.at(0)?.value, summary.categories.at(-1)?.value]
      : [summary.min, summary.max];
  if (first === last) warnings.push(`Column ${shown(name)} is constant: every value is ${shown(first)}.`);
  return warnings;
}

async function* storedParts({ paths, rowCounts }: RawParts): AsyncGenerator<TablePart> {
  for (const [index, path] of paths.entries()) yield { rowCount: rowCounts[index], bytes: await readFile(path) };
}

async function* writtenParts(
  { parts: { paths, rowCounts, rowsPerPart, columns }, view: { database } }: FormedTable,
  profiled: Promise<Profile>,
  path: string,
): AsyncGenerator<TablePart> {
  const { rows } = await profiled;
  for (const [index, rawPath] of paths.entries()) {
    // DuckDB ends a row group where a block of rows ends, so with many columns a raw part is larger than was asked for.
    for (let first = 0; first < rowCounts[index]; first += rowsPerPart) {
      const part = `${rows(relation({ paths: [rawPath], columns }))} LIMIT ${rowsPerPart} OFFSET ${first}`;
      await database.connection.run(`COPY (${part}) TO ${literal(path)} (FORMAT parquet)`);
      yield { rowCount: Math.min(rowsPerPart, rowCounts[index] - first), bytes: await readFile(path) };
    }
  }
}
