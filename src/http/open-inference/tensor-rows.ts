import { type ColumnEncoding, type Encoding, isNumber } from '../../flow/encoding/encoding.ts';
import { encoder, formOf, isMissing } from '../../table/codes.ts';
import { shown } from '../../table/errors.ts';
import { problemOf } from '../../table/row-problems.ts';
import { columnCodes } from '../../training/sources.ts';
import { RequestError } from '../errors.ts';
import type { Tensor } from './tensors.ts';

/** What a tensor of a model is called, holds, and how large it is; -1 is any number. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: number[];
}

/** The one tensor that may stand for all columns where these are numbers. */
const rowsName = 'rows';

const allColumns = ({ columns, context }: Encoding) => [...columns, ...context];

/** Whether one tensor may hold the rows. A column of the same name comes first. */
function takesRows(columns: readonly ColumnEncoding[]): boolean {
  return columns.every(isNumber) && columns.every(({ name }) => name !== rowsName);
}

/** The inputs of a model: `rows` where all columns are numbers, else a tensor for each column. */
export function inputsOf(encoding: Encoding): TensorMetadata[] {
  const columns = allColumns(encoding);
  if (takesRows(columns)) return [{ name: rowsName, datatype: 'FP64', shape: [-1, columns.length] }];
  return columns.map((column) => ({ name: column.name, datatype: datatypeOf(column), shape: [-1] }));
}

function datatypeOf(column: ColumnEncoding): string {
  if (isNumber(column)) return column.kind === 'integer' ? 'INT64' : 'FP64';
  return { number: 'FP64', boolean: 'BOOL', text: 'BYTES' }[formOf(column.categories)];
}

/**
 * The rows in codes [rows, columns + context] that tensors hold: `rows` [n, columns + context], or one for each column, [n] or
 * [n, 1]. Throws RequestError where one is missing, unknown or of another shape, or a value is not what its column holds; a
 * category that is not known is -1.
 */
export function rowsOfTensors(encoding: Encoding, inputs: readonly Tensor[], maxRows: number): Float64Array {
  const columns = allColumns(encoding);
  const [first] = inputs;
  const isRows = takesRows(columns) && inputs.length === 1 && first.name === rowsName;
  const tensors = isRows ? undefined : namedTensors(columns, inputs);
  const [rowCount] = first.shape;
  for (const { name, path, shape } of inputs) {
    const expected = isRows ? [rowCount, columns.length] : shape.length === 1 ? [rowCount] : [rowCount, 1];
    if (shape.join() !== expected.join())
      throw refusal(`${path} ${shown(name)}: expected the shape [${expected.join(', ')}], got [${shape.join(', ')}].`);
  }
  if (rowCount === 0) throw refusal('There are no rows to score.');
  if (rowCount > maxRows)
    throw new RequestError(413, 'too-many-rows', `The rows to score are more than MAX_SCORE_ROWS=${maxRows} allows.`);
  const rows = new Float64Array(rowCount * columns.length);
  columns.forEach((column, place) => {
    const tensor = tensors?.[place] ?? first;
    const [offset, step] = isRows ? [place, columns.length] : [0, 1];
    fillColumn(rows, { column, place, width: columns.length }, { tensor, offset, step });
  });
  return rows;
}

/** The tensor of each column, in order. */
function namedTensors(columns: readonly ColumnEncoding[], inputs: readonly Tensor[]): Tensor[] {
  const names = columns.map(({ name }) => shown(name)).join(', ');
  const byName = new Map<string, Tensor>();
  for (const input of inputs) {
    const { name, path } = input;
    if (!columns.some((column) => column.name === name))
      throw refusal(
        `${path} ${shown(name)}: unknown input; expected ${takesRows(columns) ? '"rows" or ' : ''}${names}.`,
      );
    if (byName.has(name)) throw refusal(`${path} ${shown(name)} stands twice.`);
    byName.set(name, input);
  }
  return columns.map(({ name }) => {
    const tensor = byName.get(name);
    if (!tensor) throw refusal(`The input ${shown(name)} is missing.`);
    return tensor;
  });
}

interface Target {
  readonly column: ColumnEncoding;
  readonly place: number;
  readonly width: number;
}

/** Fills a column of the rows from every `step`th value. */
function fillColumn(
  rows: Float64Array,
  { column, place, width }: Target,
  from: { tensor: Tensor; offset: number; step: number },
) {
  const { tensor, offset, step } = from;
  const codes = columnCodes(column);
  const encode = encoder(codes);
  for (let row = 0; row < rows.length / width; row++) {
    const value = tensor.values[offset + row * step];
    const code = encode(value);
    const problem = problemOf(codes, code, isMissing(value));
    if (problem?.code === 'not-a-number')
      throw refusal(
        `${tensor.path} ${shown(tensor.name)}, value ${offset + row * step}: expected ${problem.expected}, got ${shown(value)}.`,
      );
    rows[row * width + place] = code;
  }
}

const refusal = (message: string) => new RequestError(400, 'invalid-tensor', message);
