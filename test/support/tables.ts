import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ColumnCodes } from '../../src/table/codes.ts';
import type { CsvOptions } from '../../src/table/csv-layout.ts';
import { type IngestedTable, readTable, type TablePart } from '../../src/table/ingest.ts';
import type { ColumnOptions } from '../../src/table/kinds.ts';
import type { TableColumn } from '../../src/table/profile.ts';
import type { TableFormat } from '../../src/table/spool.ts';
import type { NumberSummary } from '../../src/table/summary.ts';

export const tableLimits = {
  maxUploadBytes: 2 ** 24,
  maxCompressionRatio: 200,
  maxRows: 1_000_000,
  maxColumns: 1_000,
  maxCells: 10_000_000,
  maxCategories: 100,
};

/** A directory for uploads that is gone after the test, and a check that nothing was left in it before. */
export async function spoolDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'spool-'));
  return {
    path,
    leftovers: () => readdir(path),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

/** Reads a table whose body arrives in chunks of a few bytes, so that every boundary falls inside something. */
export function readBody(
  spool: string,
  body: string | Buffer,
  format: TableFormat = 'csv',
  limits: Partial<typeof tableLimits> = {},
  { columns, ...options }: { gzip?: boolean; csv?: CsvOptions; columns?: readonly ColumnOptions[] } = {},
): Promise<IngestedTable> {
  const bytes = Buffer.from(body);
  const chunkSize = bytes.length > 10_000 ? 65_536 : 7;
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, index) =>
    bytes.subarray(index * chunkSize, (index + 1) * chunkSize),
  );
  return readTable({
    ...options,
    columnOptions: () => columns,
    chunks: Readable.from(chunks),
    format,
    spoolDirectory: spool,
    limits: { ...tableLimits, ...limits },
  });
}

/** The parts with the row that each starts at, as the store gives them. */
export async function* numbered(parts: AsyncIterable<TablePart>) {
  let firstRow = 0;
  for await (const part of parts) {
    yield { ...part, firstRow };
    firstRow += part.rowCount;
  }
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The codes of columns of numbers. */
export const numbers = (...names: string[]): ColumnCodes[] => names.map((name) => ({ name, kind: 'number' }));

/** The summary of a column that holds numbers. */
export function numberSummary({ name, summary }: TableColumn): NumberSummary {
  if ('categories' in summary) throw new TypeError(`column ${name} holds no numbers`);
  return summary;
}
