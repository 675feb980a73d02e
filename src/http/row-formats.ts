import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { csvNumbers, csvRow } from '../table/csv.ts';
import type { Cell } from '../table/json-rows.ts';

export type RowFormat = 'json' | 'csv';

type Batches = AsyncIterable<Cell[][]> | Iterable<Cell[][]>;

/** Streams rows as `{columns, rows}` or CSV. Numbers are written so that they read back as the same. */
export function sendRows(reply: FastifyReply, format: RowFormat, columns: readonly string[], batches: Batches) {
  return format === 'csv'
    ? reply.type('text/csv; charset=utf-8').send(Readable.from(csvText(columns, batches)))
    : reply.type('application/json').send(Readable.from(jsonText({ columns }, 'rows', batches, JSON.stringify)));
}

/** Streams log-densities as `{logProb}` or CSV; null, or an empty cell, where the density is zero. */
export function sendLogProb(reply: FastifyReply, format: RowFormat, logProb: Float64Array) {
  const batches = matrixRows(logProb, 1);
  return format === 'csv'
    ? reply.type('text/csv; charset=utf-8').send(Readable.from(csvText(['logProb'], batches)))
    : reply.type('application/json').send(Readable.from(jsonText({}, 'logProb', batches, ([cell]) => `${cell}`)));
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
  yield `${csvRow(columns)}\n`;
  for await (const rows of batches) yield rows.map(csvNumbers).join('');
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
