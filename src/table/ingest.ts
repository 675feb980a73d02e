import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { spoolCsv } from './csv.ts';
import { type Database, identifier, literal, openDatabase } from './duckdb.ts';
import { shown, TableError } from './errors.ts';
import { Gate } from './gate.ts';
import { spoolNdjson } from './ndjson.ts';
import { spoolParquet } from './parquet.ts';
import { columnRanges } from './ranges.ts';
import { type RawParts, rawName, rowCountOf, rowsPerPart } from './raw-parts.ts';
import { checkRowCount } from './size.ts';
import { spoolJson } from './spool-json.ts';
import type { SpooledTable, SpoolOptions, TableLimits } from './spooled.ts';
import { type NumberSummary, summarize } from './summary.ts';
import { Upload, type UploadLimits } from './upload.ts';

type Spool = (upload: Upload, path: string, options: SpoolOptions) => Promise<SpooledTable>;

const spools = { csv: spoolCsv, json: spoolJson, ndjson: spoolNdjson, parquet: spoolParquet } satisfies Record<
  string,
  Spool
>;

export type TableFormat = keyof typeof spools;

export interface TableColumn {
  readonly name: string;
  readonly kind: 'continuous' | 'integer';
  readonly missingCount: number;
  readonly summary: NumberSummary;
}

/** Rows as one Parquet file of one row group, at most about 4 MB. */
export interface TablePart {
  readonly rowCount: number;
  readonly bytes: Uint8Array;
}

/** A checked table, on disk until it is disposed of. */
export interface IngestedTable extends AsyncDisposable {
  /** What the body itself says. */
  readonly name: string | undefined;
  readonly rowCount: number;
  /** Of the upload, decompressed. */
  readonly byteCount: number;
  readonly columns: TableColumn[];
  readonly warnings: string[];
  /** The rows in order; DOUBLE columns, or BIGINT for those of kind integer. */
  parts(): AsyncGenerator<TablePart>;
}

interface TableInput extends SpoolOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly format: TableFormat;
  /** Whether the chunks are compressed. */
  readonly gzip?: boolean;
  /** Made if it does not exist; nothing is left in it. */
  readonly spoolDirectory: string;
  readonly limits: TableLimits & UploadLimits;
}

/** However many uploads arrive at once, only so many are read, so that memory does not grow with them. */
const reading = new Gate(2);

/**
 * Reads an upload into a table of numbers, in constant memory.
 * Throws TableError when it is not such a table, and the abort reason when `signal` fires.
 */
export async function readTable(input: TableInput): Promise<IngestedTable> {
  await mkdir(input.spoolDirectory, { recursive: true });
  const directory = await mkdtemp(join(input.spoolDirectory, 'table-'));
  await using failure = new AsyncDisposableStack();
  failure.defer(() => rm(directory, { recursive: true, force: true }));
  const upload = new Upload(input, input.limits);
  const path = join(directory, 'upload');
  const spooled = await spools[input.format](upload, path, input);

  failure.use(await reading.enter());
  input.signal?.throwIfAborted();
  const database = failure.use(await openDatabase(directory, input.signal));
  const { names, parts: raw } = await spooled.read(database, join(directory, 'raw'), input.limits);
  await rm(path);
  const rowCount = rowCountOf(raw);
  checkRowCount(rowCount, input.limits);
  const columns = await profile(database, raw, names, rowCount);

  const resources = failure.move();
  return {
    name: spooled.name,
    rowCount,
    byteCount: upload.byteCount,
    columns,
    warnings: [...spooled.warnings, ...columns.flatMap((column) => warningsOf(column, rowCount))],
    parts: () => writeParts(database, raw, columns, join(directory, 'part')),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function profile(
  database: Database,
  raw: RawParts,
  names: readonly string[],
  rowCount: number,
): Promise<TableColumn[]> {
  const ranges = await columnRanges(database, raw, names);
  if (ranges.every(({ count }) => count === 0))
    throw new TableError('no-numeric-columns', 'Every cell is empty: no column holds numbers.');
  const summaries = await summarize(database, raw, ranges);
  return ranges.map(({ count, integral }, column) => ({
    name: names[column],
    kind: integral ? 'integer' : 'continuous',
    missingCount: rowCount - count,
    summary: summaries[column],
  }));
}

function warningsOf({ name, missingCount, summary }: TableColumn, rowCount: number): string[] {
  if (missingCount === rowCount) return [`Column ${shown(name)} is missing in all ${rowCount} rows.`];
  const warnings: string[] = [];
  if (missingCount > 0) warnings.push(`Column ${shown(name)} is missing in ${missingCount} of ${rowCount} rows.`);
  if (summary.min === summary.max) warnings.push(`Column ${shown(name)} is constant: every value is ${summary.min}.`);
  return warnings;
}

async function* writeParts(database: Database, raw: RawParts, columns: readonly TableColumn[], path: string) {
  const cells = columns.map(
    ({ name, kind }, column) =>
      `${rawName(column)}::${kind === 'integer' ? 'BIGINT' : 'DOUBLE'} AS ${identifier(name)}`,
  );
  const size = rowsPerPart(columns.length);
  for (const [index, rawPath] of raw.paths.entries()) {
    // DuckDB ends a row group where a block of rows ends, so with many columns a raw part is larger than was asked for.
    for (let first = 0; first < raw.rowCounts[index]; first += size) {
      const rows = `SELECT ${cells} FROM read_parquet(${literal(rawPath)}) LIMIT ${size} OFFSET ${first}`;
      await database.connection.run(`COPY (${rows}) TO ${literal(path)} (FORMAT parquet)`);
      yield { rowCount: Math.min(size, raw.rowCounts[index] - first), bytes: await readFile(path) };
    }
  }
}

/** Removes what processes that were killed left in a spool directory; no upload takes a day. */
export async function removeStaleUploads(spoolDirectory: string): Promise<void> {
  const yesterday = Date.now() - 24 * 60 * 60 * 1_000;
  await mkdir(spoolDirectory, { recursive: true });
  for (const name of await readdir(spoolDirectory)) {
    const path = join(spoolDirectory, name);
    if ((await stat(path)).mtimeMs < yesterday) await rm(path, { recursive: true, force: true });
  }
}
