import { ShapeError } from '../errors.ts';

/** A length, or one known only when the program runs: a name (`rows`), or a multiple of one (`3*rows`). */
export type Dimension = number | string;
export type Shape = readonly Dimension[];
export type ElementType = 'float32' | 'float64' | 'int32' | 'int64' | 'bool';
export type Values = Float32Array | Float64Array | Int32Array | BigInt64Array;

type None = Record<never, never>;
interface Reduction {
  readonly axes: readonly number[];
  readonly keepDimensions: boolean;
}

/**
 * Every operator that a graph may hold, with its static attributes. Names and meanings are ONNX's.
 * Rules over the operators (gradient, encoding, the executors) are tables with one entry a name.
 */
export interface Operators {
  Input: { readonly name: string };
  Constant: { readonly values: Values };
  /** Passes its value on, and no gradient back. */
  Identity: None;
  Neg: None;
  Abs: None;
  /** The largest whole number that is not above x. */
  Floor: None;
  Exp: None;
  Log: None;
  Sqrt: None;
  Sigmoid: None;
  Tanh: None;
  Relu: None;
  /** 1 where x > 0, else 0. */
  Step: None;
  Not: None;
  Add: None;
  Sub: None;
  Mul: None;
  Div: None;
  Pow: None;
  Min: None;
  Max: None;
  Equal: None;
  Greater: None;
  GreaterOrEqual: None;
  And: None;
  Where: None;
  Cast: { readonly to: ElementType };
  ReduceSum: Reduction;
  ReduceMean: Reduction;
  ReduceSumSquare: Reduction;
  ReduceMax: Reduction;
  MatMul: None;
  Gemm: { readonly transposeA: boolean; readonly transposeB: boolean };
  Reshape: { readonly shape: Shape };
  Expand: { readonly shape: readonly number[] };
  Split: { readonly axis: number; readonly sizes: readonly number[] };
  Concat: { readonly axis: number };
  Transpose: None;
  Gather: { readonly axis: number };
  Loop: { readonly body: LoopBody };
}
export type OperatorName = keyof Operators;

/** One iteration of a loop: tensors that depend on `iteration` or `state` are computed anew each time, all others once. */
export interface LoopBody {
  readonly iteration: Tensor;
  readonly state: readonly Tensor[];
  readonly nextState: readonly Tensor[];
  /** Stacked over the iterations. */
  readonly scanned: readonly Tensor[];
  /** What the body takes from the graph around it: all that does not depend on its iteration or state. */
  readonly captured: readonly Tensor[];
}

export interface TensorType {
  readonly type: ElementType;
  readonly shape: Shape;
}

/** The application of one operator. Nodes and tensors are immutable; a graph is whatever its outputs reach. */
export class Node<Name extends OperatorName = OperatorName> {
  readonly operator: Name;
  readonly inputs: readonly Tensor[];
  readonly attributes: Operators[Name];
  readonly outputs: readonly Tensor[];

  constructor(
    operator: Name,
    inputs: readonly Tensor[],
    attributes: Operators[Name],
    outputTypes: readonly TensorType[],
  ) {
    this.operator = operator;
    this.inputs = inputs;
    this.attributes = attributes;
    this.outputs = outputTypes.map(({ type, shape }) => new Tensor(this, type, shape));
  }

  is<Other extends OperatorName>(operator: Other): this is Node<Other> {
    return (this.operator as OperatorName) === operator;
  }
}

/** A value in the graph: an output of a node, with its element type and shape. */
export class Tensor implements TensorType {
  readonly node: Node;
  readonly type: ElementType;
  readonly shape: Shape;

  constructor(node: Node, type: ElementType, shape: Shape) {
    this.node = node;
    this.type = type;
    this.shape = shape;
  }
}

/** Applies an operator that has one output. */
export function apply<Name extends OperatorName>(
  operator: Name,
  inputs: readonly Tensor[],
  attributes: Operators[Name],
  output: TensorType,
): Tensor {
  return new Node(operator, inputs, attributes, [output]).outputs[0];
}

/** A value given when the program runs. */
export function input(name: string, type: ElementType, shape: Shape): Tensor {
  return apply('Input', [], { name }, { type, shape });
}

/** A value fixed when the graph is built; its element type is that of the array. Throws ShapeError on a wrong length. */
export function constant(values: Values, shape: readonly number[]): Tensor {
  if (values.length !== elementCount(shape))
    throw new ShapeError(`Expected ${elementCount(shape)} values for shape ${describe(shape)}; got ${values.length}`);
  return apply('Constant', [], { values }, { type: elementTypeOf(values), shape });
}

/** The same number everywhere, float32. */
export function filled(shape: readonly number[], value: number): Tensor {
  return constant(new Float32Array(elementCount(shape)).fill(value), shape);
}

export function scalar(value: number, type: ElementType = 'float32'): Tensor {
  if (type === 'bool') throw new ShapeError('A constant cannot be of type bool');
  return constant(valuesOf(type, [value]), []);
}

export function valuesOf(type: Exclude<ElementType, 'bool'>, numbers: ArrayLike<number>): Values {
  switch (type) {
    case 'float32':
      return Float32Array.from(numbers);
    case 'float64':
      return Float64Array.from(numbers);
    case 'int32':
      return Int32Array.from(numbers);
    case 'int64':
      return BigInt64Array.from(Array.from(numbers, BigInt));
  }
}

export function elementTypeOf(values: Values): Exclude<ElementType, 'bool'> {
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof Float64Array) return 'float64';
  return values instanceof Int32Array ? 'int32' : 'int64';
}

/** The number of elements of a shape without named dimensions. Throws ShapeError when there is one. */
export function elementCount(shape: Shape): number {
  return staticShape(shape).reduce((count, dimension) => count * dimension, 1);
}

/** The shape as numbers. Throws ShapeError when a dimension is known only by name. */
export function staticShape(shape: Shape): number[] {
  return shape.map((dimension) => {
    if (typeof dimension === 'string')
      throw new ShapeError(`Expected a shape known in advance; got ${describe(shape)}`);
    return dimension;
  });
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

export function describe(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
