import type { Cell } from '../../table/cells.ts';
import { shown } from '../../table/errors.ts';
import { RequestError } from '../errors.ts';

/** A tensor of the Open Inference Protocol. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** The JSON path of the input. */
  readonly path: string;
  /** Row-major; null where a cell is missing. */
  readonly values: readonly Cell[];
}

interface Described {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
}

interface Datatype {
  readonly cell: 'number' | 'string' | 'boolean';
  readonly integer?: boolean;
  /** In binary data; BYTES have their lengths before them. */
  readonly bytes?: number;
  readonly read?: (view: DataView, offset: number) => Cell;
}

const integer = (bytes: number, read: Datatype['read']): Datatype => ({ cell: 'number', integer: true, bytes, read });
const finite = (value: number): Cell => (Number.isNaN(value) ? null : value);

const datatypes: Readonly<Record<string, Datatype>> = {
  BOOL: { cell: 'boolean', bytes: 1, read: (view, offset) => view.getUint8(offset) !== 0 },
  UINT8: integer(1, (view, offset) => view.getUint8(offset)),
  UINT16: integer(2, (view, offset) => view.getUint16(offset, true)),
  UINT32: integer(4, (view, offset) => view.getUint32(offset, true)),
  UINT64: integer(8, (view, offset) => Number(view.getBigUint64(offset, true))),
  INT8: integer(1, (view, offset) => view.getInt8(offset)),
  INT16: integer(2, (view, offset) => view.getInt16(offset, true)),
  INT32: integer(4, (view, offset) => view.getInt32(offset, true)),
  INT64: integer(8, (view, offset) => Number(view.getBigInt64(offset, true))),
  FP32: { cell: 'number', bytes: 4, read: (view, offset) => finite(view.getFloat32(offset, true)) },
  FP64: { cell: 'number', bytes: 8, read: (view, offset) => finite(view.getFloat64(offset, true)) },
  BYTES: { cell: 'string' },
};

/** A tensor whose data are JSON, flat or nested as its shape. Throws RequestError. */
export function tensorOfJson(input: Described & { readonly data?: readonly unknown[] }, path: string): Tensor {
  const { name, shape, datatype } = input;
  if (input.data === undefined) throw refusal(path, name, 'expected data');
  const { cell, integer } = datatypeOf(input, path);
  const data: unknown[] = input.data.flat(shape.length - 1);
  checkCount(input, data.length, path);
  const values = data.map((value, place): Cell => {
    if (value === null) return null;
    const fits = integer ? Number.isInteger(value) : isCell(value) && typeof value === cell;
    if (fits && isCell(value)) return value;
    throw refusal(path, name, `value ${place}: expected ${datatype}, got ${shown(value)}`);
  });
  return { name, shape, path, values };
}

/** A tensor of binary data: little-endian, row-major; NaN where a cell is missing. Throws RequestError. */
export function tensorOfBytes(input: Described, data: Buffer, path: string): Tensor {
  const { name, shape } = input;
  const { bytes, read } = datatypeOf(input, path);
  if (!bytes || !read) {
    const texts = textsOf(input, data, path);
    checkCount(input, texts.length, path);
    return { name, shape, path, values: texts };
  }
  checkCount(input, data.length / bytes, path);
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return {
    name,
    shape,
    path,
    values: Array.from({ length: data.length / bytes }, (_, place) => read(view, place * bytes)),
  };
}

function textsOf({ name }: Described, data: Buffer, path: string): string[] {
  const texts: string[] = [];
  for (let offset = 0; offset < data.length; ) {
    const end = offset + 4 <= data.length ? offset + 4 + data.readUInt32LE(offset) : Number.POSITIVE_INFINITY;
    if (end > data.length) throw refusal(path, name, `value ${texts.length}: its bytes end too early`);
    texts.push(data.toString('utf8', offset + 4, end));
    offset = end;
  }
  return texts;
}

function datatypeOf({ name, datatype }: Described, path: string): Datatype {
  const found = Object.hasOwn(datatypes, datatype) ? datatypes[datatype] : undefined;
  if (found) return found;
  throw refusal(path, name, `datatype: expected one of ${Object.keys(datatypes).join(', ')}, got ${shown(datatype)}`);
}

function checkCount({ name, shape }: Described, count: number, path: string): void {
  const expected = shape.reduce((product, length) => product * length, 1);
  if (count !== expected)
    throw refusal(path, name, `expected ${expected} values for the shape [${shape.join(', ')}], got ${count}`);
}

const isCell = (value: unknown): value is Exclude<Cell, null> => ['number', 'string', 'boolean'].includes(typeof value);

const refusal = (path: string, name: string, message: string) =>
  new RequestError(400, 'invalid-tensor', `${path} ${shown(name)}: ${message}.`);
