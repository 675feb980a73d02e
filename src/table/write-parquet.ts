import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Cell } from './cells.ts';
import { type ColumnCodes, codesOf, formOf } from './codes.ts';
import { joinedNumbers } from './joined-numbers.ts';

const elements = {
  DOUBLE: { type: 'DOUBLE' },
  BIGINT: { type: 'INT64' },
  BOOLEAN: { type: 'BOOLEAN' },
  VARCHAR: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const satisfies Record<string, Partial<SchemaElement>>;

/** A column of a table on its way out. */
export interface OutputColumn {
  readonly name: string;
  readonly type: keyof typeof elements;
}

/** A stored column. Throws TypeError when its summary is not one of its kind. */
export function storedColumn(column: { name: string; kind: string; summary: object }): OutputColumn {
  return outputColumn(codesOf(column));
}

/** The column that the cells of codes make. */
export function outputColumn(codes: ColumnCodes): OutputColumn {
  const { name } = codes;
  if (codes.kind === 'number') return { name, type: codes.integer ? 'BIGINT' : 'DOUBLE' };
  const form = formOf(codes.categories);
  const areWhole = codes.categories.every(Number.isInteger);
  const type = { number: areWhole ? 'BIGINT' : 'DOUBLE', boolean: 'BOOLEAN', text: 'VARCHAR' } as const;
  return { name, type: type[form] };
}

/** The cells of some rows, column by column. */
export type ColumnCells = readonly (Float64Array | readonly Cell[])[];

/** Rows in one row group, about, and cells: enough to be read fast, few enough to be held in memory and written at once. */
const groupRows = 2 ** 16;
const groupCells = 2 ** 18;

/** The rows as the bytes of a Parquet file, a row group at a time. */
export async function* parquetOf(
  columns: readonly OutputColumn[],
  batches: AsyncIterable<Cell[][]> | Iterable<Cell[][]>,
): AsyncGenerator<Uint8Array> {
  yield* parquetOfColumns(columns, byColumn(columns.length, batches));
}

async function* byColumn(width: number, batches: AsyncIterable<Cell[][]> | Iterable<Cell[][]>) {
  for await (const rows of batches) yield Array.from({ length: width }, (_, column) => rows.map((row) => row[column]));
}

/** As `parquetOf`, of rows that come column by column. */
export async function* parquetOfColumns(
  columns: readonly OutputColumn[],
  batches: AsyncIterable<ColumnCells>,
): AsyncGenerator<Uint8Array> {
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: schemaOf(columns),
    codec: 'UNCOMPRESSED',
    createdBy: 'pushforward',
  });
  const enough = Math.max(1, Math.min(groupRows, Math.ceil(groupCells / columns.length)));
  let waiting: ColumnCells[] = [];
  let rowCount = 0;
  const takeGroup = () => {
    const columnData = columns.map(({ name, type }, column) => ({
      name,
      data: joined(waiting.map((batch) => toValues(batch[column], type))),
      // A dictionary would have to be looked for, in vain where numbers are continuous.
      ...(type === 'DOUBLE' && { encoding: 'PLAIN' as const }),
    }));
    file.write({ columnData, rowGroupSize: rowCount });
    waiting = [];
    rowCount = 0;
    return takeBytes(writer);
  };
  for await (const batch of batches) {
    waiting.push(batch);
    rowCount += batch[0].length;
    if (rowCount >= enough) yield takeGroup();
  }
  if (rowCount > 0) yield takeGroup();
  file.finish();
  yield takeBytes(writer);
}

function schemaOf(columns: readonly OutputColumn[]): SchemaElement[] {
  return [
    { name: 'root', num_children: columns.length },
    ...columns.map(({ name, type }): SchemaElement => ({ name, ...elements[type], repetition_type: 'OPTIONAL' })),
  ];
}

/** What was written since the last time; the offset within the file goes on. */
function takeBytes(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice();
  writer.index = 0;
  return bytes;
}

type Values = Float64Array | readonly (Cell | bigint)[];

function toValues(cells: ColumnCells[number], type: OutputColumn['type']): Values {
  if (cells instanceof Float64Array || type === 'DOUBLE' || type === 'BOOLEAN') return cells;
  if (type === 'BIGINT') return cells.map((cell) => (typeof cell === 'number' ? BigInt(cell) : cell));
  return cells.map((cell) => (cell === null ? null : String(cell)));
}

function joined(parts: readonly Values[]): Float64Array | unknown[] {
  if (parts.length > 0 && parts.every((part) => part instanceof Float64Array)) return joinedNumbers(parts);
  return parts.flatMap((part) => Array.from<unknown>(part));
}
