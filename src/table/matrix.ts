import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBBigIntVector, type DuckDBDataChunk, DuckDBDoubleVector, type DuckDBVector } from '@duckdb/node-api';
import type { Cell } from './cells.ts';
import { type ColumnCodes, codeSql, formOf } from './codes.ts';
import { identifier, literal, openDatabase } from './duckdb.ts';
import type { TablePart } from './ingest.ts';

/** A run of a part's rows, `row` the first of them, column by column. */
interface Block<Part> {
  readonly part: Part;
  readonly row: number;
  readonly rowCount: number;
  readonly columns: DuckDBVector[];
}

/**
 * The codes of a table's columns as a row-major [rowCount, columns] matrix in shared memory; NaN where a cell is missing.
 * Throws RangeError when the parts do not hold `rowCount` rows in all.
 */
export async function readMatrix(
  parts: AsyncIterable<TablePart>,
  columns: readonly ColumnCodes[],
  rowCount: number,
): Promise<Float64Array<SharedArrayBuffer>> {
  const width = columns.length;
  const matrix = new Float64Array(new SharedArrayBuffer(rowCount * width * Float64Array.BYTES_PER_ELEMENT));
  let first = 0;
  for await (const block of readBlocks(parts, columns.map(storedCodeSql))) {
    if (first + block.rowCount > rowCount) throw new RangeError(`Expected ${rowCount} rows in all parts, got more`);
    block.columns.forEach((vector, column) => {
      const values = doubles(vector);
      for (let row = 0; row < block.rowCount; row++)
        matrix[(first + row) * width + column] = values.getItem(row) ?? Number.NaN;
    });
    first += block.rowCount;
  }
  if (first !== rowCount) throw new RangeError(`Expected ${rowCount} rows in all parts, got ${first}`);
  return matrix;
}

/** Stored cells are of the type that their codes are made from. */
function storedCodeSql(codes: ColumnCodes): string {
  const form = codes.kind === 'number' ? 'number' : formOf(codes.categories);
  return codeSql(`${identifier(codes.name)}`, form === 'text' ? 'string' : form, codes);
}

/** Cells that are made, and then written, without a break. */
const cellsAtOnce = 2 ** 17;
const rowsAtOnce = (columns: number) => Math.max(1, Math.floor(cellsAtOnce / columns));

/** The rows from `offset` on, at most `limit`, in batches. */
export async function* readRows(
  parts: AsyncIterable<TablePart & { firstRow: number }>,
  columns: readonly string[],
  { offset, limit }: { offset: number; limit: number },
): AsyncGenerator<Cell[][]> {
  for await (const { part, row, rowCount, columns: vectors } of readBlocks(parts, columns.map(identifier))) {
    const first = part.firstRow + row;
    const start = Math.max(0, offset - first);
    const end = Math.min(rowCount, offset + limit - first);
    const cells = vectors.map(cellReader);
    for (let at = start; at < end; at += rowsAtOnce(cells.length)) {
      const count = Math.min(end - at, rowsAtOnce(cells.length));
      yield Array.from({ length: count }, (_, index) => cells.map((cell) => cell(at + index)));
    }
    if (first + rowCount >= offset + limit) return;
  }
}

/** What a stored column's vector holds: whole numbers that are stored fit a double. */
function cellReader(vector: DuckDBVector): (row: number) => Cell {
  if (vector instanceof DuckDBBigIntVector) {
    return (row) => {
      const cell = vector.getItem(row);
      return cell === null ? null : Number(cell);
    };
  }
  return (row) => toCell(vector.getItem(row));
}

function toCell(value: unknown): Cell {
  if (value === null || typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
    return value;
  throw new TypeError(`Expected a stored cell, got ${typeof value}`);
}

async function* readBlocks<Part extends TablePart>(
  parts: AsyncIterable<Part>,
  cells: readonly string[],
): AsyncGenerator<Block<Part>> {
  await using resources = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'pushforward-'));
  resources.defer(() => rm(directory, { recursive: true, force: true }));
  const { connection } = resources.use(await openDatabase(directory));
  let number = 0;
  for await (const part of parts) {
    // Each under a name of its own: DuckDB takes a file of the same name, time and size for the one that it has read.
    const path = join(directory, `part_${number++}`);
    await writeFile(path, part.bytes);
    const result = await connection.stream(`SELECT ${cells} FROM read_parquet(${literal(path)})`);
    let row = 0;
    for await (const chunk of result) {
      const { rowCount } = chunk;
      if (rowCount === 0) break;
      yield { part, row, rowCount, columns: vectorsOf(chunk) };
      row += rowCount;
    }
    await rm(path);
  }
}

function vectorsOf(chunk: DuckDBDataChunk): DuckDBVector[] {
  return Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column));
}

function doubles(vector: DuckDBVector): DuckDBDoubleVector {
  if (!(vector instanceof DuckDBDoubleVector)) throw new TypeError(`Expected doubles, got ${vector.type}`);
  return vector;
}
