import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Cell } from '../table/cells.ts';
import { csvLine, csvNames } from '../table/csv.ts';
import type { RowProblem } from '../table/row-problems.ts';
import { type OutputColumn, parquetOf } from '../table/write-parquet.ts';

export const rowFormats = ['json', 'csv', 'ndjson', 'parquet'] as const;
export type RowFormat = (typeof rowFormats)[number];

type Batches = AsyncIterable<Cell[][]> | Iterable<Cell[][]>;

const mediaTypes: Readonly<Record<RowFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};

/** Streams rows in a format, as JSON `{columns, rows}`. Numbers are written so that they read back as the same. */
export function sendRows(reply: FastifyReply, format: RowFormat, columns: readonly OutputColumn[], batches: Batches) {
  const names = columns.map(({ name }) => name);
  return send(reply, format, {
    json: () => jsonText({ columns: names }, 'rows', batches, JSON.stringify),
    csv: () => csvText(names, batches),
    ndjson: () => jsonLines(names, batches),
    parquet: () => parquetOf(columns, batches),
  });
}

/** Streams log-densities in a format, as JSON `{logProb}`; null, or an empty cell, where the density is zero; -Infinity in Parquet. */
export function sendLogProb(
  reply: FastifyReply,
  format: RowFormat,
  logProb: Float64Array,
  problems: readonly RowProblem[],
) {
  const finite = matrixRows(logProb, 1);
  return send(reply, format, {
    json: () => jsonText(problems.length > 0 ? { problems } : {}, 'logProb', finite, ([cell]) => `${cell}`),
    csv: () => csvText(['logProb'], finite),
    ndjson: () => jsonLines(['logProb'], finite),
    parquet: () => parquetOf([{ name: 'logProb', type: 'DOUBLE' }], [Array.from(logProb, (value) => [value])]),
  });
}

function send(
  reply: FastifyReply,
  format: RowFormat,
  writers: Readonly<Record<RowFormat, () => AsyncIterable<string | Uint8Array>>>,
) {
  return reply.type(mediaTypes[format]).send(Readable.from(writers[format]()));
}

/** The rows of a row-major [rows, width] matrix in batches; what is not a finite number becomes null. */
export function* matrixRows(matrix: Float64Array, width: number): Generator<Cell[][]> {
  const cell = (value: number) => (Number.isFinite(value) ? value : null);
  const batchLength = width * Math.max(1, Math.ceil(4096 / width));
  for (let start = 0; start < matrix.length; start += batchLength) {
    const rows: Cell[][] = [];
    for (let row = start; row < Math.min(matrix.length, start + batchLength); row += width)
      rows.push(Array.from(matrix.subarray(row, row + width), cell));
    yield rows;
  }
}

async function* csvText(columns: readonly string[], batches: Batches) {
  yield csvNames(columns);
  for await (const rows of batches) yield rows.map(csvLine).join('');
}

async function* jsonLines(columns: readonly string[], batches: Batches) {
  const keys = columns.map((name) => `${JSON.stringify(name)}:`);
  const line = (row: Cell[]) => `{${row.map((cell, column) => keys[column] + JSON.stringify(cell)).join(',')}}\n`;
  for await (const rows of batches) yield rows.map(line).join('');
}

async function* jsonText(head: object, key: string, batches: Batches, toText: (row: Cell[]) => string) {
  const members = Object.entries(head).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)},`);
  yield `{${members.join('')}${JSON.stringify(key)}:[`;
  let separator = '';
  for await (const rows of batches) {
    yield separator + rows.map(toText).join(',');
    separator = ',';
  }
  yield ']}';
}
