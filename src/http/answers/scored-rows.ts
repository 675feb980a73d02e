import type { Config, Limits } from '../../config.ts';
import { JsonCoder } from '../../table/coded-json.ts';
import { codedRows } from '../../table/coded-table.ts';
import type { ColumnCodes } from '../../table/codes.ts';
import { TableError } from '../../table/errors.ts';
import { JsonTable } from '../../table/json.ts';
import { JsonLines } from '../../table/json-lines.ts';
import { rowCountOf } from '../../table/raw-parts.ts';
import type { CodedRows } from '../../table/row-problems.ts';
import { spoolUpload } from '../../table/spool.ts';
import { Upload } from '../../table/upload.ts';
import type { TableBody } from '../bodies/table-body.ts';
import { spoolDirectory } from '../connections/spool-directory.ts';

/** The columns of rows to score: those of the model, in order, and what the rows may have besides. */
export interface ScoredColumns {
  readonly columns: readonly ColumnCodes[];
  readonly ignored?: readonly string[];
}

/**
 * Reads rows to score as codes, in blocks, and says what is wrong with some of them: one bad cell spoils no other.
 * Throws TableError where the table itself is not as it must be, or too large.
 */
export async function* scoredRows(
  body: TableBody,
  scored: ScoredColumns,
  config: Config,
  signal: AbortSignal,
): AsyncGenerator<CodedRows> {
  let rowCount = 0;
  for await (const block of blocksOf(body, scored, config, signal)) {
    rowCount += block.rowCount;
    checkRowCount(rowCount, config.limits);
    yield block;
  }
  if (rowCount === 0) throw new TableError('no-rows', 'There are no rows to score.');
}

function blocksOf(body: TableBody, scored: ScoredColumns, config: Config, signal: AbortSignal) {
  if (body.format === 'json') return jsonBlocks(body, scored, config.limits);
  return body.format === 'ndjson' ? lineBlocks(body, scored, config.limits) : tableBlocks(body, scored, config, signal);
}

async function* jsonBlocks(body: TableBody, { columns, ignored = [] }: ScoredColumns, limits: Limits) {
  const coder: JsonCoder = new JsonCoder(columns, (row, key) => table.pathOf(row, key));
  const names = columns.map(({ name }) => name);
  const table = new JsonTable<number>({
    keys: ['rows', 'records'],
    toCell: (value, place) => coder.toCode(value, place),
    columns: names,
    ignored,
    ofOtherLength: (length, expected) => coder.ofOtherLength(length, expected),
  });
  for await (const batch of table.rows(new Upload(body, limits))) yield coder.take(batch);
}

async function* lineBlocks(body: TableBody, { columns, ignored = [] }: ScoredColumns, limits: Limits) {
  const coder = new JsonCoder(columns);
  const names = columns.map(({ name }) => name);
  const lines = new JsonLines<number>((value, place) => coder.toCode(value, place), {
    columns: names,
    ignored,
    ofOtherLength: (length, expected) => coder.ofOtherLength(length, expected),
  });
  for await (const batch of lines.rows(new Upload(body, limits))) yield coder.take(batch);
}

async function* tableBlocks(
  body: TableBody,
  { columns, ignored }: ScoredColumns,
  config: Config,
  signal: AbortSignal,
): AsyncGenerator<CodedRows> {
  await using upload = await spoolUpload({
    ...body,
    spoolDirectory: spoolDirectory(config.dataDirectory),
    // How many rows may be scored is another limit than how many a dataset may have.
    limits: { ...config.limits, maxRows: Number.MAX_SAFE_INTEGER },
    signal,
  });
  const categorical = new Set(columns.filter(({ kind }) => kind === 'category').map(({ name }) => name));
  const table = await upload.read((name) => categorical.has(name));
  checkRowCount(rowCountOf(table.raw.parts), config.limits);
  yield* codedRows(table, columns, ignored);
}

function checkRowCount(rowCount: number, { maxScoreRows }: Limits): void {
  if (rowCount > maxScoreRows)
    throw new TableError('too-many-rows', `The rows to score are more than MAX_SCORE_ROWS=${maxScoreRows} allows.`);
}
