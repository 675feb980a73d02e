import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { spoolCsv } from './csv.ts';
import { type Database, openDatabase } from './duckdb.ts';
import { Gate } from './gate.ts';
import { spoolNdjson } from './ndjson.ts';
import { spoolParquet } from './parquet.ts';
import { rowCountOf } from './raw-parts.ts';
import { checkCellCount, checkRowCount } from './size.ts';
import { spoolJson } from './spool-json.ts';
import type { RawTable, SpooledTable, SpoolOptions, TableLimits } from './spooled.ts';
import { Upload, type UploadLimits } from './upload.ts';

type Spool = (upload: Upload, path: string, options: SpoolOptions) => Promise<SpooledTable>;

const spools = { csv: spoolCsv, json: spoolJson, ndjson: spoolNdjson, parquet: spoolParquet } satisfies Record<
  string,
  Spool
>;

export type TableFormat = keyof typeof spools;

export interface UploadInput extends SpoolOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly format: TableFormat;
  /** Whether the chunks are compressed. */
  readonly gzip?: boolean;
  /** Made if it does not exist; nothing is left in it. */
  readonly spoolDirectory: string;
  readonly limits: TableLimits & UploadLimits;
}

/** The cells of an upload, and the database that knows them. */
export interface ReadUpload {
  readonly database: Database;
  readonly raw: RawTable;
  /** Where there is place for a file. */
  readonly partPath: string;
}

/** However many uploads arrive at once, only so many are read, so that memory does not grow with them. */
const reading = new Gate(2);

/** An upload on disk; it and what is made of it are gone when it is disposed of. */
class SpooledUpload implements AsyncDisposable {
  readonly spooled: SpooledTable;
  /** Of the upload, decompressed. */
  readonly byteCount: number;
  readonly #input: UploadInput;
  readonly #directory: string;
  #resources: AsyncDisposableStack;

  constructor(
    spooled: SpooledTable,
    byteCount: number,
    { input, directory, resources }: { input: UploadInput; directory: string; resources: AsyncDisposableStack },
  ) {
    this.spooled = spooled;
    this.byteCount = byteCount;
    this.#input = input;
    this.#directory = directory;
    this.#resources = resources;
  }

  /** Reads its cells, once. Throws TableError, and the abort reason when the input's signal fires. */
  async read(asText: (name: string) => boolean): Promise<ReadUpload> {
    const { limits, signal } = this.#input;
    this.#resources.use(await reading.enter());
    signal?.throwIfAborted();
    const database = this.#resources.use(await openDatabase(this.#directory, signal));
    const raw = await this.spooled.read(database, join(this.#directory, 'raw'), { limits, asText });
    await rm(uploadPath(this.#directory));
    const rowCount = rowCountOf(raw.parts);
    checkRowCount(rowCount, limits);
    checkCellCount(rowCount, raw.names.length, limits);
    return { database, raw, partPath: join(this.#directory, 'part') };
  }

  /** Leaves it to another to dispose of it. */
  keep(): AsyncDisposable {
    const resources = this.#resources.move();
    return { [Symbol.asyncDispose]: () => resources.disposeAsync() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#resources.disposed) await this.#resources.disposeAsync();
  }
}

const uploadPath = (directory: string) => join(directory, 'upload');

/** Writes an upload to disk. Throws TableError where it is not of its format, and the abort reason when `signal` fires. */
export async function spoolUpload(input: UploadInput): Promise<SpooledUpload> {
  await mkdir(input.spoolDirectory, { recursive: true });
  const directory = await mkdtemp(join(input.spoolDirectory, 'table-'));
  await using failure = new AsyncDisposableStack();
  failure.defer(() => rm(directory, { recursive: true, force: true }));
  const upload = new Upload(input, input.limits);
  const spooled = await spools[input.format](upload, uploadPath(directory), input);
  return new SpooledUpload(spooled, upload.byteCount, { input, directory, resources: failure.move() });
}
