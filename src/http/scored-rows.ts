import type { Config, Limits } from '../config.ts';
import { shown, TableError } from '../table/errors.ts';
import { readTable } from '../table/ingest.ts';
import { JsonTable } from '../table/json.ts';
import type { Cell } from '../table/json-rows.ts';
import { readMatrix } from '../table/matrix.ts';
import { Upload } from '../table/upload.ts';
import { spoolDirectory, type TableBody } from './table-body.ts';

/** Rows to score, as a row-major [rowCount, columns] matrix. */
export interface ScoredRows {
  readonly rows: Float64Array;
  readonly rowCount: number;
}

/** Reads rows of exactly these columns, every cell a number. Throws TableError. */
export function readScoredRows(body: TableBody, columns: readonly string[], config: Config, signal: AbortSignal) {
  return body.format === 'json' ? readJson(body, columns, config.limits) : readOther(body, columns, config, signal);
}

async function readJson(body: TableBody, columns: readonly string[], limits: Limits): Promise<ScoredRows> {
  const table = new JsonTable({ keys: ['rows', 'records'], columns });
  const batches: Float64Array[] = [];
  let rowCount = 0;
  for await (const batch of table.rows(new Upload(body, limits))) {
    rowCount += batch.length;
    checkCount(rowCount, limits);
    batches.push(toMatrix(batch, columns.length));
  }
  checkCount(rowCount, limits);
  const rows = new Float64Array(rowCount * columns.length);
  let offset = 0;
  for (const batch of batches) {
    rows.set(batch, offset);
    offset += batch.length;
  }
  return { rows, rowCount };
}

async function readOther(body: TableBody, columns: readonly string[], config: Config, signal: AbortSignal) {
  await using table = await readTable({
    ...body,
    columns,
    spoolDirectory: spoolDirectory(config.dataDirectory),
    // How many rows may be scored is another limit than how many a dataset may have.
    limits: { ...config.limits, maxRows: Number.MAX_SAFE_INTEGER },
    signal,
  });
  checkCount(table.rowCount, config.limits);
  const names = table.columns.map(({ name }) => name);
  checkNames(names, columns);
  const rows = await readMatrix(table.parts(), columns, table.rowCount);
  const missing = rows.findIndex(Number.isNaN);
  if (missing >= 0)
    throw new TableError(
      'not-a-number',
      `Data row ${Math.floor(missing / columns.length) + 1}, column ${shown(columns[missing % columns.length])}: expected a number, got an empty cell.`,
    );
  return { rows, rowCount: table.rowCount };
}

function checkCount(rowCount: number, { maxScoreRows }: Limits): void {
  if (rowCount === 0) throw new TableError('no-rows', 'There are no rows to score.');
  if (rowCount > maxScoreRows)
    throw new TableError('too-many-rows', `The rows to score are more than MAX_SCORE_ROWS=${maxScoreRows} allows.`);
}

function checkNames(names: readonly string[], columns: readonly string[]): void {
  const unknown = names.find((name) => !columns.includes(name));
  if (unknown !== undefined)
    throw new TableError('column-names', `Unknown column ${shown(unknown)}: the model’s are ${columns.join(', ')}.`);
  const missing = columns.find((name) => !names.includes(name));
  if (missing !== undefined) throw new TableError('column-names', `The column ${shown(missing)} is missing.`);
}

function toMatrix(batch: readonly Cell[][], width: number): Float64Array {
  const matrix = new Float64Array(batch.length * width);
  batch.forEach((row, index) => {
    row.forEach((cell, column) => {
      matrix[index * width + column] = cell ?? Number.NaN;
    });
  });
  return matrix;
}
