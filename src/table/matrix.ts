import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBDataChunk, DuckDBDoubleVector } from '@duckdb/node-api';
import { identifier, literal, openDatabase } from './duckdb.ts';
import type { TablePart } from './ingest.ts';
import type { Cell } from './json-rows.ts';

/** A run of a part's rows, `row` the first of them, column by column. */
interface Block<Part> {
  readonly part: Part;
  readonly row: number;
  readonly rowCount: number;
  readonly columns: DuckDBDoubleVector[];
}

/**
 * The named columns of a table as a row-major [rowCount, columns] matrix in shared memory; NaN where a cell is missing.
 * Throws RangeError when the parts do not hold `rowCount` rows in all.
 */
export async function readMatrix(
  parts: AsyncIterable<TablePart>,
  columns: readonly string[],
  rowCount: number,
): Promise<Float64Array<SharedArrayBuffer>> {
  const width = columns.length;
  const matrix = new Float64Array(new SharedArrayBuffer(rowCount * width * Float64Array.BYTES_PER_ELEMENT));
  let first = 0;
  for await (const block of readBlocks(parts, columns)) {
    if (first + block.rowCount > rowCount) throw new RangeError(`Expected ${rowCount} rows in all parts, got more`);
    block.columns.forEach((values, column) => {
      for (let row = 0; row < block.rowCount; row++)
        matrix[(first + row) * width + column] = values.getItem(row) ?? Number.NaN;
    });
    first += block.rowCount;
  }
  if (first !== rowCount) throw new RangeError(`Expected ${rowCount} rows in all parts, got ${first}`);
  return matrix;
}

/** The rows from `offset` on, at most `limit`, in batches; null where a cell is missing. */
export async function* readRows(
  parts: AsyncIterable<TablePart & { firstRow: number }>,
  columns: readonly string[],
  { offset, limit }: { offset: number; limit: number },
): AsyncGenerator<Cell[][]> {
  for await (const { part, row, rowCount, columns: values } of readBlocks(parts, columns)) {
    const first = part.firstRow + row;
    const start = Math.max(0, offset - first);
    const end = Math.min(rowCount, offset + limit - first);
    if (start < end)
      yield Array.from({ length: end - start }, (_, index) => values.map((column) => column.getItem(start + index)));
    if (first + rowCount >= offset + limit) return;
  }
}

async function* readBlocks<Part extends TablePart>(
  parts: AsyncIterable<Part>,
  names: readonly string[],
): AsyncGenerator<Block<Part>> {
  await using resources = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'pushforward-'));
  resources.defer(() => rm(directory, { recursive: true, force: true }));
  const { connection } = resources.use(await openDatabase(directory));
  const cells = names.map((name) => `${identifier(name)}::DOUBLE`);
  const path = join(directory, 'part');
  for await (const part of parts) {
    await writeFile(path, part.bytes);
    const result = await connection.stream(`SELECT ${cells} FROM read_parquet(${literal(path)})`);
    let row = 0;
    for await (const chunk of result) {
      const { rowCount } = chunk;
      if (rowCount === 0) break;
      yield { part, row, rowCount, columns: doubleVectors(chunk) };
      row += rowCount;
    }
  }
}

function doubleVectors(chunk: DuckDBDataChunk): DuckDBDoubleVector[] {
  return Array.from({ length: chunk.columnCount }, (_, column) => {
    const vector = chunk.getColumnVector(column);
    if (!(vector instanceof DuckDBDoubleVector)) throw new TypeError(`Expected doubles, got ${vector.type}`);
    return vector;
  });
}
