import { ShapeError } from '../errors.ts';
import { describe, elementTypeOf, type Tensor, type Values } from './tensor.ts';

/** A computation from named inputs to named outputs, ready to be run by any executor or encoded as ONNX. */
export interface Program<Input extends string = string, Output extends string = string> {
  readonly inputs: Readonly<Record<Input, Tensor>>;
  readonly outputs: Readonly<Record<Output, Tensor>>;
}

/** The numbers of a tensor, row-major. */
export interface TensorValues {
  readonly values: Values;
  readonly shape: readonly number[];
}

/** The tensors of a record with their names. */
export function named<Name extends string, Value>(record: Readonly<Record<Name, Value>>): [Name, Value][] {
  return Object.entries(record) as [Name, Value][];
}

/** The numbers of a float32 tensor. Throws TypeError when they are of another type. */
export function float32({ values }: TensorValues): Float32Array {
  if (!(values instanceof Float32Array)) throw new TypeError(`Expected float32 values; got ${values.constructor.name}`);
  return values;
}

/** The numbers of a float64 tensor. Throws TypeError when they are of another type. */
export function float64({ values }: TensorValues): Float64Array {
  if (!(values instanceof Float64Array)) throw new TypeError(`Expected float64 values; got ${values.constructor.name}`);
  return values;
}

/** The opposite of `named`. */
export function record<Name extends string, Value>(entries: readonly (readonly [Name, Value])[]): Record<Name, Value> {
  return Object.fromEntries(entries) as Record<Name, Value>;
}

/** Throws ShapeError, naming the input, unless the values have the element type and a shape that the program expects. */
export function checkInput(name: string, expected: Tensor, { values, shape }: TensorValues): void {
  const type = elementTypeOf(values);
  if (type !== expected.type) throw new ShapeError(`Input ${name}: expected ${expected.type} values; got ${type}`);
  checkInputShape(name, expected, shape);
}

/** Throws ShapeError, naming the input, unless the shape is one that the program expects. */
export function checkInputShape(name: string, expected: Tensor, shape: readonly number[]): void {
  const fits =
    expected.shape.length === shape.length &&
    expected.shape.every((dimension, axis) => typeof dimension === 'string' || dimension === shape[axis]);
  if (!fits) throw new ShapeError(`Input ${name}: expected shape ${describe(expected.shape)}; got ${describe(shape)}`);
}
