import { parquetWriteBuffer } from 'hyparquet-writer';
import { RandomStream } from '../../src/flow/random/stream.ts';
import type { TableFormat } from '../../src/table/spool.ts';

export type Row = readonly [x: number, y: number | null, count: number, group: string];
export const columns = ['x', 'y', 'count', 'group'];

const mediaTypes: Readonly<Record<TableFormat, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};

/** Rows of fractions, of fractions with gaps here and there, of whole numbers and of categories. */
export function randomRows(rows: number, seed: number): Row[] {
  const random = new RandomStream(seed, 'noise');
  const gaps = random.uniform() < 0.3;
  return Array.from({ length: rows }, () => {
    const x = random.normal();
    const y = gaps && random.uniform() < 0.05 ? null : rounded(0.5 * x + random.normal());
    return [rounded(x), y, 1 + random.below(50), 'abc'[random.below(3)]];
  });
}

const rounded = (value: number) => Number(value.toFixed(4)) + 0;

/** The rows as a body to upload. */
export function bodyOf(
  rows: readonly Row[],
  format: TableFormat,
): { mediaType: string; bytes: Uint8Array<ArrayBuffer> } {
  return { mediaType: mediaTypes[format], bytes: encoders[format](rows) };
}

const encoders: Record<TableFormat, (rows: readonly Row[]) => Uint8Array<ArrayBuffer>> = {
  csv: (rows) => utf8([columns, ...rows].map((row) => `${row.join(',')}\n`).join('')),
  json: (rows) => utf8(JSON.stringify({ columns, rows })),
  ndjson: (rows) => utf8(rows.map(([x, y, count, group]) => `${JSON.stringify({ x, y, count, group })}\n`).join('')),
  parquet: (rows) => {
    const column = (name: string, index: number, type: 'DOUBLE' | 'INT32' | 'STRING') => ({
      name,
      type,
      data: rows.map((row) => row[index]),
    });
    const columnData = [
      column('x', 0, 'DOUBLE'),
      column('y', 1, 'DOUBLE'),
      column('count', 2, 'INT32'),
      column('group', 3, 'STRING'),
    ];
    return new Uint8Array(parquetWriteBuffer({ columnData }));
  },
};

const utf8 = (text: string) => new TextEncoder().encode(text);
