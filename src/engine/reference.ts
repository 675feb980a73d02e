/**
 * Runs programs in plain TypeScript with every float in double precision, one element at a time: slow, short, and
 * independent of the runtimes. It is what they are checked against.
 */
import { checkInputShape, named, type Program, record, type TensorValues } from '../flow/graph/program.ts';
import {
  type Node,
  type OperatorName,
  type Shape,
  type Tensor,
  type TensorType,
  valuesOf,
} from '../flow/graph/tensor.ts';
import { nodesInOrder } from '../flow/graph/traversal.ts';
import type { Engine, Executable } from './engine.ts';

/** A tensor's numbers, whatever its element type; booleans are 0 and 1. */
export interface Numbers {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

export const reference: Engine = {
  async load<Input extends string, Output extends string>(
    program: Program<Input, Output>,
  ): Promise<Executable<Input, Output>> {
    return {
      run: async (inputs) => {
        const known = new Map<Tensor, Numbers>();
        for (const [name, tensor] of named(program.inputs)) {
          const { values, shape } = inputs[name];
          checkInputShape(name, tensor, shape);
          known.set(tensor, { data: Float64Array.from(values, Number), shape });
        }
        const outputs = named(program.outputs);
        const results = evaluate(
          outputs.map(([, tensor]) => tensor),
          known,
        );
        return record(outputs.map(([name, tensor], index) => [name, given(results[index], tensor)]));
      },
      release: async () => {},
    };
  },
};

/** Floats are given out in double precision, so that nothing of the result is lost. */
function given({ data, shape }: Numbers, { type }: TensorType): TensorValues {
  return { values: type === 'int32' || type === 'int64' ? valuesOf(type, data) : data, shape };
}

/** The values of `outputs`, from those of the inputs. */
export function evaluate(outputs: readonly Tensor[], inputs: ReadonlyMap<Tensor, Numbers>): Numbers[] {
  const known = new Map(inputs);
  for (const node of nodesInOrder(outputs)) {
    if (node.outputs.every((tensor) => known.has(tensor))) continue;
    const results = applied(node, known);
    for (const [index, tensor] of node.outputs.entries()) known.set(tensor, results[index]);
  }
  return outputs.map((tensor) => numbersOf(tensor, known));
}

function numbersOf(tensor: Tensor, known: ReadonlyMap<Tensor, Numbers>): Numbers {
  const value = known.get(tensor);
  if (!value) throw new Error(`No value for the ${tensor.node.operator}`);
  return value;
}

function applied<Name extends OperatorName>(node: Node<Name>, known: ReadonlyMap<Tensor, Numbers>): Numbers[] {
  const inputs = node.inputs.map((tensor) => numbersOf(tensor, known));
  return node.is('Loop') ? runLoop(node, inputs, known) : applyOperator(node, inputs);
}

/** The outputs of any node but a loop. */
export function applyOperator<Name extends OperatorName>(node: Node<Name>, inputs: readonly Numbers[]): Numbers[] {
  const kernel: Kernel<Name> = kernels[node.operator];
  const result = kernel(inputs, node);
  return Array.isArray(result) ? result : [result];
}

type Kernel<Name extends OperatorName> = (inputs: readonly Numbers[], node: Node<Name>) => Numbers | Numbers[];

const unary =
  (operation: (x: number) => number): Kernel<OperatorName> =>
  ([x]) => ({ data: x.data.map(operation), shape: x.shape });

/** An element-wise operation on operands that are repeated to a common shape. */
const elementwise =
  (operation: (...values: number[]) => number): Kernel<OperatorName> =>
  (inputs) => {
    const shape = inputs.map((input) => input.shape).reduce(commonShape);
    const repeated = inputs.map((input) => repeat(input, shape));
    return { data: tabulate(shape, (index) => operation(...repeated.map((data) => data[index]))), shape };
  };

const reduce =
  (summarize: (values: number[]) => number): Kernel<'ReduceSum' | 'ReduceMean' | 'ReduceSumSquare' | 'ReduceMax'> =>
  ([x], { attributes: { axes, keepDimensions } }) => {
    const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
    const groups = Array.from({ length: size(kept) }, (): number[] => []);
    x.data.forEach((value, index) => {
      const position = unravel(index, x.shape).map((at, axis) => (axes.includes(axis) ? 0 : at));
      groups[ravel(position, kept)].push(value);
    });
    const shape = keepDimensions ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
    return { data: Float64Array.from(groups, summarize), shape };
  };

const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);

const kernels: { readonly [Name in OperatorName]: Kernel<Name> } = {
  Input: (_, { attributes: { name } }) => {
    throw new Error(`The program uses the input ${name} without declaring it`);
  },
  Loop: () => {
    throw new Error('Loops are run apart from the other operators');
  },
  Constant: (_, { attributes: { values }, outputs: [{ shape }] }) => ({
    data: Float64Array.from(values, Number),
    shape: shape.map(Number),
  }),
  Identity: unary((x) => x),
  Neg: unary((x) => -x),
  Abs: unary(Math.abs),
  Floor: unary(Math.floor),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Tanh: unary(Math.tanh),
  Relu: unary((x) => Math.max(x, 0)),
  Step: unary((x) => Number(x > 0)),
  Not: unary((x) => 1 - x),
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b) => a / b),
  Pow: elementwise((a, b) => a ** b),
  Min: elementwise(Math.min),
  Max: elementwise(Math.max),
  Equal: elementwise((a, b) => Number(a === b)),
  Greater: elementwise((a, b) => Number(a > b)),
  GreaterOrEqual: elementwise((a, b) => Number(a >= b)),
  And: elementwise((a, b) => a * b),
  Where: elementwise((condition, yes, no) => (condition ? yes : no)),
  Cast: ([x], { attributes: { to } }) => ({ ...x, data: to.startsWith('int') ? x.data.map(Math.trunc) : x.data }),
  ReduceSum: reduce(total),
  ReduceMean: reduce((values) => total(values) / values.length),
  ReduceSumSquare: reduce((values) => total(values.map((value) => value ** 2))),
  ReduceMax: reduce((values) => Math.max(...values)),
  MatMul: ([x, matrix]) => {
    const [inner, columns] = matrix.shape;
    const shape = [...x.shape.slice(0, -1), columns];
    return { data: product(x.data, matrix.data, inner, columns), shape };
  },
  Gemm: ([a, b, bias], { attributes: { transposeA, transposeB } }) => {
    const left = transposeA ? transposed(a) : a;
    const right = transposeB ? transposed(b) : b;
    const [inner, columns] = right.shape;
    const shape = [left.shape[0], columns];
    const data = product(left.data, right.data, inner, columns);
    const added = bias && repeat(bias, shape);
    return { data: added ? data.map((value, index) => value + added[index]) : data, shape };
  },
  Transpose: ([x]) => transposed(x),
  Reshape: ([x], { attributes: { shape } }) => ({ data: x.data, shape: resolved(shape, x.data.length) }),
  Expand: ([x], { attributes: { shape } }) => ({ data: repeat(x, shape), shape }),
  Split: ([x], { attributes: { axis, sizes } }) => {
    const starts = sizes.map((_, index) => total(sizes.slice(0, index)));
    return sizes.map((length, index) => slice(x, axis, starts[index], length));
  },
  Concat: (parts, { attributes: { axis } }) => {
    const shape = parts[0].shape.with(axis, total(parts.map((part) => part.shape[axis])));
    const starts = parts.map((_, index) => total(parts.slice(0, index).map((part) => part.shape[axis])));
    const data = tabulate(shape, (_, position) => {
      const part = starts.findLastIndex((start) => start <= position[axis]);
      return parts[part].data[ravel(position.with(axis, position[axis] - starts[part]), parts[part].shape)];
    });
    return { data, shape };
  },
  Gather: ([x, indices], { attributes: { axis } }) => {
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    const data = tabulate(shape, (_, position) => {
      const at = position.slice(axis, axis + indices.shape.length);
      const chosen = indices.data[ravel(at, indices.shape)];
      return x.data[ravel([...position.slice(0, axis), chosen, ...position.slice(axis + at.length)], x.shape)];
    });
    return { data, shape };
  },
};

/** Every operator that a graph may hold. */
export const operatorNames = Object.keys(kernels) as OperatorName[];

function runLoop(
  { attributes: { body } }: Node<'Loop'>,
  inputs: readonly Numbers[],
  known: ReadonlyMap<Tensor, Numbers>,
) {
  const [iterations, ...initial] = inputs;
  let state: readonly Numbers[] = initial;
  const scanned = body.scanned.map((): Numbers[] => []);
  for (let iteration = 0; iteration < iterations.data[0]; iteration++) {
    const inside = new Map(known).set(body.iteration, { data: Float64Array.of(iteration), shape: [] });
    for (const [index, tensor] of body.state.entries()) inside.set(tensor, state[index]);
    const results = evaluate([...body.nextState, ...body.scanned], inside);
    state = results.slice(0, state.length);
    scanned.forEach((values, index) => void values.push(results[state.length + index]));
  }
  return [...state, ...scanned.map(stacked)];
}

function stacked(values: readonly Numbers[]): Numbers {
  const data = Float64Array.from(values.flatMap((value) => Array.from(value.data)));
  return { data, shape: [values.length, ...(values[0]?.shape ?? [])] };
}

function product(a: Float64Array, b: Float64Array, inner: number, columns: number): Float64Array {
  const result = new Float64Array((a.length / inner) * columns);
  for (let row = 0; row < a.length / inner; row++)
    for (let k = 0; k < inner; k++)
      for (let column = 0; column < columns; column++)
        result[row * columns + column] += a[row * inner + k] * b[k * columns + column];
  return result;
}

function transposed({ data, shape: [rows, columns] }: Numbers): Numbers {
  const shape = [columns, rows];
  return { data: tabulate(shape, (_, [column, row]) => data[row * columns + column]), shape };
}

function slice(x: Numbers, axis: number, start: number, length: number): Numbers {
  const shape = x.shape.with(axis, length);
  const data = tabulate(shape, (_, position) => x.data[ravel(position.with(axis, position[axis] + start), x.shape)]);
  return { data, shape };
}

function repeat(x: Numbers, shape: readonly number[]): Float64Array {
  if (size(x.shape) === size(shape)) return x.data;
  const offset = shape.length - x.shape.length;
  return tabulate(shape, (_, position) => {
    const at = x.shape.map((length, axis) => (length === 1 ? 0 : position[axis + offset]));
    return x.data[ravel(at, x.shape)];
  });
}

function commonShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const at = (shape: readonly number[], axis: number) => shape[axis - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, axis) => (at(a, axis) === 1 ? at(b, axis) : at(a, axis)));
}

/** A shape in which at most one dimension is known by name only: that one takes what the others leave. */
function resolved(shape: Shape, count: number): number[] {
  const rest = size(shape.filter((dimension) => typeof dimension === 'number'));
  return shape.map((dimension) => (typeof dimension === 'number' ? dimension : count / rest));
}

function tabulate(shape: readonly number[], value: (index: number, position: number[]) => number): Float64Array {
  return Float64Array.from({ length: size(shape) }, (_, index) => value(index, unravel(index, shape)));
}

const size = (shape: readonly number[]) => shape.reduce((count, length) => count * length, 1);

function unravel(index: number, shape: readonly number[]): number[] {
  const position = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    position[axis] = index % shape[axis];
    index = Math.floor(index / shape[axis]);
  }
  return position;
}

const ravel = (position: readonly number[], shape: readonly number[]) =>
  position.reduce((index, at, axis) => index * shape[axis] + at, 0);
