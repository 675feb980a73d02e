import { byteStream, type Cell, type Chunk, type Chunks, iterate, type TableRecord } from './streams.ts';
import type { Body, TableFormat } from './types.ts';

/**
 * Where rows come from: rows as they are, in memory; a file; a stream or an iterable of its bytes, or of records; or a function that
 * begins one anew, so that it can be sent again where the network fails.
 */
export type TableSource = readonly TableRecord[] | readonly (readonly Cell[])[] | Blob | Chunks | (() => Chunks);

export interface SendOptions {
  /** Of a file, or of bytes: CSV where neither this nor the name or type of the file says otherwise. */
  readonly format?: TableFormat;
  /** Whether the bytes are compressed. */
  readonly gzip?: boolean;
  /** Is told how many bytes have been sent. Browsers send no streams over HTTP/1.1: leave it out there. */
  onProgress?(bytes: number): void;
}

/** A table as the body of a request. */
export interface TableBody {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: () => BodyInit;
  readonly repeatable: boolean;
}

type DatasetColumns = Body<'createDataset'>['columns'];

const contentTypes: Readonly<Record<TableFormat, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};

/** `columns` go with rows in memory, whose body has a place for them. */
export async function tableBody(
  source: TableSource,
  { format, gzip = false, onProgress }: SendOptions,
  columns?: DatasetColumns,
): Promise<TableBody> {
  const headersOf = (format: TableFormat) => ({
    'content-type': contentTypes[format],
    ...(gzip && { 'content-encoding': 'gzip' }),
  });
  if (isRows(source)) {
    const text = JSON.stringify({ ...(columns && { columns }), ...rowsOrRecords(source) });
    return { headers: headersOf('json'), body: () => text, repeatable: true };
  }
  if (source instanceof Blob) {
    const body = () => (onProgress ? byteStream(iterate(source.stream()), onProgress) : source);
    return { headers: headersOf(format ?? formatOf(source)), body, repeatable: true };
  }
  if (typeof source === 'function')
    return {
      headers: headersOf(format ?? 'csv'),
      body: () => byteStream(iterate(source()), onProgress),
      repeatable: true,
    };
  const { first, chunks } = await peek(iterate(source));
  const isRecords = typeof first === 'object' && !(first instanceof Uint8Array);
  return {
    headers: headersOf(format ?? (isRecords ? 'ndjson' : 'csv')),
    body: () => byteStream(chunks, onProgress),
    repeatable: false,
  };
}

const isRows = (source: TableSource): source is readonly TableRecord[] | readonly (readonly Cell[])[] =>
  Array.isArray(source);

const rowsOrRecords = (rows: readonly unknown[]) => (Array.isArray(rows[0]) ? { rows } : { records: rows });

/** What a file is by its type, or by its name. */
function formatOf(blob: Blob): TableFormat {
  const name = 'name' in blob && typeof blob.name === 'string' ? blob.name : '';
  const byType = (['csv', 'json', 'ndjson', 'parquet'] as const).find((format) =>
    blob.type.startsWith(contentTypes[format]),
  );
  return byType ?? formatOfName(name) ?? 'csv';
}

/** The format that the ending of a file's name tells; `.gz` after it is passed over. */
export function formatOfName(name: string): TableFormat | undefined {
  const ending = /\.(\w+)(?:\.gz)?$/.exec(name.toLowerCase())?.[1] ?? '';
  return endings.get(ending);
}

const endings: ReadonlyMap<string, TableFormat> = new Map([
  ['csv', 'csv'],
  ['tsv', 'csv'],
  ['txt', 'csv'],
  ['json', 'json'],
  ['ndjson', 'ndjson'],
  ['jsonl', 'ndjson'],
  ['parquet', 'parquet'],
]);

/** The first chunk, by which records are told from bytes, and all of them. */
async function peek(source: AsyncIterable<Chunk>): Promise<{ first: Chunk | undefined; chunks: AsyncIterable<Chunk> }> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* chunks(): AsyncGenerator<Chunk> {
    try {
      for (let next = first; !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { first: first.value, chunks: chunks() };
}
