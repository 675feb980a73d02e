import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Scores } from '../../scoring/scores.ts';
import type { Cell } from '../../table/cells.ts';
import { csvLine, csvNames } from '../../table/csv.ts';
import { shown } from '../../table/errors.ts';
import type { RowProblem } from '../../table/row-problems.ts';
import { type OutputColumn, parquetOf, parquetOfColumns } from '../../table/write-parquet.ts';
import { SpillQueue, unhurried } from './spill-queue.ts';

export const rowFormats = ['json', 'csv', 'ndjson', 'parquet'] as const;
export type RowFormat = (typeof rowFormats)[number];
export const defaultFormat: RowFormat = 'json';

type Batches = AsyncIterable<Cell[][]> | Iterable<Cell[][]>;
type Chunks = AsyncIterable<string | Uint8Array>;

const mediaTypes: Readonly<Record<RowFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};

/** As text, which goes out together with the head. */
const jsonText = 'application/json; charset=utf-8';

/** So much of an answer is there before it begins: until then an error is answered as one. */
const heldBytes = 2 ** 16;

/** Streams rows in a format, as JSON `{columns, rows}`. Numbers are written so that they read back as the same. */
export async function sendRows(
  reply: FastifyReply,
  format: RowFormat,
  columns: readonly OutputColumn[],
  batches: Batches,
) {
  const json = () =>
    jsonRows(
      columns.map(({ name }) => name),
      batches,
    );
  return send(reply, format, format === 'json' ? json() : rowChunks(format, columns, batches));
}

/** Rows as the bytes or text of a format. */
export function rowChunks(
  format: Exclude<RowFormat, 'json'>,
  columns: readonly OutputColumn[],
  batches: Batches,
): Chunks {
  const names = columns.map(({ name }) => name);
  if (format === 'csv') return csvText(names, batches);
  return format === 'ndjson' ? jsonLines(names, batches) : parquetOf(columns, batches);
}

export interface ScoreOptions {
  readonly format: RowFormat;
  /** Whether there is a second column, `problem`, in other formats than JSON. */
  readonly withProblems: boolean;
  /** Whether nothing is sent before everything is there, so that an error anywhere is answered as one. */
  readonly whole: boolean;
  /** Where an answer waits that is not read as fast as the rows arrive. */
  readonly directory: string;
}

/** Streams log-densities in a format, as JSON `{logProb, problems?}`; null, or an empty cell, where the density is zero; -Infinity in Parquet. */
export async function sendScores(
  reply: FastifyReply,
  { format, withProblems, whole, directory }: ScoreOptions,
  scores: AsyncIterable<Scores>,
) {
  const names = withProblems ? ['logProb', 'problem'] : ['logProb'];
  const writers: Readonly<Record<RowFormat, () => Chunks>> = {
    json: () => jsonScores(scores, directory),
    csv: () => csvText(names, scoreRows(scores, withProblems)),
    ndjson: () => jsonLines(names, scoreRows(scores, withProblems)),
    parquet: () => parquetScores(scores, withProblems),
  };
  return sendUnhurried(reply, format, writers[format](), { directory, whole });
}

/** Streams an answer that is made while rows still arrive: many clients read it only when all are sent, and these must not wait. */
export async function sendUnhurried(
  reply: FastifyReply,
  format: RowFormat,
  chunks: Chunks,
  { directory, whole = false }: { directory: string; whole?: boolean },
) {
  return send(reply, format, unhurried(chunks, directory, { whole }));
}

/** The same, as JSON, at once. */
export function sendFewScores(reply: FastifyReply, { logProb, problems }: Scores) {
  const wrong = problems.length > 0 ? `,"problems":${JSON.stringify(problems)}` : '';
  return reply.type(jsonText).send(`{"logProb":[${Array.from(logProb, jsonNumber).join(',')}]${wrong}}`);
}

/** An error before the first of the answer is sent is thrown; a later one breaks the connection. */
async function send(reply: FastifyReply, format: RowFormat, chunks: Chunks) {
  const iterator = chunks[Symbol.asyncIterator]();
  const held: (string | Uint8Array)[] = [];
  for (let size = 0; size < heldBytes; ) {
    const { done, value } = await iterator.next();
    if (done) return reply.type(mediaTypes[format]).send(joined(held));
    held.push(value);
    size += value.length;
  }
  return reply.type(mediaTypes[format]).send(Readable.from(resumed(held, iterator)));
}

const joined = (chunks: readonly (string | Uint8Array)[]) =>
  Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));

async function* resumed<Chunk>(held: readonly Chunk[], iterator: AsyncIterator<Chunk>): AsyncGenerator<Chunk> {
  try {
    yield* held;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
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

async function* jsonRows(columns: readonly string[], batches: Batches) {
  yield `{"columns":${JSON.stringify(columns)},"rows":[`;
  yield* listed(batches, (rows) => rows.map((row) => JSON.stringify(row)).join(','));
  yield ']}';
}

const jsonScores = (scores: AsyncIterable<Scores>, directory: string) =>
  jsonWithProblems('{"logProb":[', scores, ({ logProb }) => Array.from(logProb, jsonNumber).join(','), directory);

/** A JSON object that begins with `head`, then has a text of each block in a list, and last the problems of all, which wait on disk. */
export async function* jsonWithProblems<Block extends { readonly problems: readonly RowProblem[] }>(
  head: string,
  blocks: AsyncIterable<Block> | Iterable<Block>,
  toText: (block: Block) => string,
  directory: string,
): AsyncGenerator<string | Uint8Array> {
  await using problems = new SpillQueue(directory);
  let problemCount = 0;
  yield head;
  for await (const text of listed(blocks, toText, addProblems)) yield text;
  yield ']';
  problems.end();
  if (problemCount > 0) {
    yield ',"problems":[';
    yield* problems;
    yield ']';
  }
  yield '}';

  async function addProblems(block: Block) {
    if (block.problems.length === 0) return;
    const text = block.problems.map((problem) => JSON.stringify(problem)).join(',');
    await problems.push(problemCount === 0 ? text : `,${text}`);
    problemCount += block.problems.length;
  }
}

const jsonNumber = (value: number) => (Number.isFinite(value) ? `${value}` : 'null');

/** Texts of blocks with commas between them; `see` is shown each block before. */
async function* listed<Block>(
  blocks: AsyncIterable<Block> | Iterable<Block>,
  toText: (block: Block) => string,
  see?: (block: Block) => Promise<void>,
) {
  let separator = '';
  for await (const block of blocks) {
    await see?.(block);
    const text = toText(block);
    if (text === '') continue;
    yield separator + text;
    separator = ',';
  }
}

async function* scoreRows(scores: AsyncIterable<Scores>, withProblems: boolean): AsyncGenerator<Cell[][]> {
  const cell = (value: number) => (Number.isFinite(value) ? value : null);
  for await (const block of scores) {
    const logProb = Array.from(block.logProb, cell);
    const problems = withProblems ? problemTexts(block) : [];
    yield logProb.map((value, row) => (withProblems ? [value, problems[row]] : [value]));
  }
}

async function* parquetScores(scores: AsyncIterable<Scores>, withProblems: boolean) {
  const columns: OutputColumn[] = [{ name: 'logProb', type: 'DOUBLE' }];
  if (withProblems) columns.push({ name: 'problem', type: 'VARCHAR' });
  async function* groups() {
    for await (const block of scores) yield withProblems ? [block.logProb, problemTexts(block)] : [block.logProb];
  }
  yield* parquetOfColumns(columns, groups());
}

/** What is wrong with each row, in one text; null where nothing is. */
function problemTexts({ first, logProb, problems }: Scores): (string | null)[] {
  const texts = new Array<string | null>(logProb.length).fill(null);
  for (const { row, column, message } of problems) {
    const place = column === undefined ? '' : `Column ${shown(column)}: `;
    const earlier = texts[row - first];
    texts[row - first] = `${earlier === null ? '' : `${earlier} `}${place}${message}`;
  }
  return texts;
}
