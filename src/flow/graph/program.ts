import { ShapeError } from '../errors.ts';
import { describe, type ElementType, type Shape, type Tensor, type Values } from './tensor.ts';

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

/** Throws ShapeError, naming the input, unless the values have the element type and a shape that fits what the program expects. */
export function checkInput(name: string, expected: Tensor, given: TensorValues, givenType: ElementType): void {
  if (givenType !== expected.type)
    throw new ShapeError(`Input ${name}: expected ${expected.type} values; got ${givenType}`);
  if (!fits(expected.shape, given.shape))
    throw new ShapeError(`Input ${name}: expected shape ${describe(expected.shape)}; got ${describe(given.shape)}`);
}

const fits = (expected: Shape, given: readonly number[]) =>
  expected.length === given.length &&
  expected.every((dimension, axis) => typeof dimension === 'string' || dimension === given[axis]);
