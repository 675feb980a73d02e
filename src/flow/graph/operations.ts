/** The operations from which bijectors, distributions and training are written: each checks shapes and adds a node. */
import { ShapeError } from '../errors.ts';
import {
  apply,
  type Dimension,
  describe,
  type ElementType,
  elementCount,
  Node,
  type OperatorName,
  type Shape,
  sameShape,
  scalar,
  Tensor,
  type TensorType,
} from './tensor.ts';
import { capturedFrom } from './traversal.ts';

/** A tensor, or a number that takes the element type of the other operand. */
export type Operand = Tensor | number;

type Unary =
  | 'Identity'
  | 'Neg'
  | 'Abs'
  | 'Floor'
  | 'Exp'
  | 'Log'
  | 'Sqrt'
  | 'Sigmoid'
  | 'Tanh'
  | 'Relu'
  | 'Step'
  | 'Not';
type Arithmetic = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Min' | 'Max';
type Logical = 'Equal' | 'Greater' | 'GreaterOrEqual' | 'And';

const unary = (operator: Unary) => (x: Tensor) => apply(operator, [x], {}, x);

const arithmetic = (operator: Arithmetic) => (a: Operand, b: Operand) => {
  const [left, right] = operands(operator, a, b);
  return apply(operator, [left, right], {}, { type: left.type, shape: broadcast(operator, left.shape, right.shape) });
};

const logical = (operator: Logical) => (a: Operand, b: Operand) => {
  const [left, right] = operands(operator, a, b);
  return apply(operator, [left, right], {}, { type: 'bool', shape: broadcast(operator, left.shape, right.shape) });
};

/** The same value, taken as a constant by gradients. */
export const stopGradient = unary('Identity');
export const neg = unary('Neg');
export const abs = unary('Abs');
/** The largest whole number that is not above x; it has no gradient. */
export const floor = unary('Floor');
export const exp = unary('Exp');
export const log = unary('Log');
export const sqrt = unary('Sqrt');
export const sigmoid = unary('Sigmoid');
export const tanh = unary('Tanh');
export const relu = unary('Relu');
/** 1 where x > 0, else 0; it has no gradient. */
export const step = unary('Step');
export const not = unary('Not');
export const add = arithmetic('Add');
export const sub = arithmetic('Sub');
export const mul = arithmetic('Mul');
export const div = arithmetic('Div');
export const pow = arithmetic('Pow');
export const min = arithmetic('Min');
export const max = arithmetic('Max');
export const equal = logical('Equal');
export const greater = logical('Greater');
export const greaterOrEqual = logical('GreaterOrEqual');
export const and = logical('And');

/** log(1 + exp(x)). Above 20 it is x to single precision, and exp would in the end overflow: that part of x is added as it stands. */
export function softplus(x: Tensor): Tensor {
  const clipped = min(x, 20);
  return add(log(add(exp(clipped), 1)), sub(x, clipped));
}

/** True where x is neither infinite nor NaN: only then is x - x zero. */
export const finite = (x: Tensor) => equal(sub(x, x), 0);

/** `yes` where the condition holds, else `no`. */
export function where(condition: Tensor, yes: Operand, no: Operand): Tensor {
  const [left, right] = operands('Where', yes, no);
  const shape = broadcast('Where', condition.shape, broadcast('Where', left.shape, right.shape));
  return apply('Where', [condition, left, right], {}, { type: left.type, shape });
}

export function cast(x: Tensor, to: ElementType): Tensor {
  return x.type === to ? x : apply('Cast', [x], { to }, { type: to, shape: x.shape });
}

const reduction =
  (operator: 'ReduceSum' | 'ReduceMean' | 'ReduceSumSquare' | 'ReduceMax') =>
  (x: Tensor, axes: readonly number[] = x.shape.map((_, axis) => axis), keepDimensions = false): Tensor => {
    const shape = x.shape.flatMap((dimension, axis) =>
      !axes.includes(axis) ? [dimension] : keepDimensions ? [1] : [],
    );
    return apply(operator, [x], { axes, keepDimensions }, { type: x.type, shape });
  };

/** Sum over axes (default: all). */
export const sum = reduction('ReduceSum');
/** Mean over axes (default: all). */
export const mean = reduction('ReduceMean');
/** Sum of squares over axes (default: all). */
export const sumOfSquares = reduction('ReduceSumSquare');

/** Largest value over axes (default: all); it has no gradient. */
export const largest = reduction('ReduceMax');

/** Product of matrices [n, k] x [k, m], plus a bias that is repeated to [n, m]; either factor may be taken transposed. */
export function affine(
  a: Tensor,
  b: Tensor,
  bias?: Tensor,
  { transposeA = false, transposeB = false }: { transposeA?: boolean; transposeB?: boolean } = {},
): Tensor {
  const [rows, inner] = matrixShape(a, transposeA);
  const [innerB, columns] = matrixShape(b, transposeB);
  if (inner !== innerB) throw new ShapeError(`Gemm: ${describe(a.shape)} and ${describe(b.shape)} do not multiply`);
  if (bias && !sameShape(broadcast('Gemm', bias.shape, [rows, columns]), [rows, columns]))
    throw new ShapeError(`Gemm: a bias ${describe(bias.shape)} does not fit a product ${describe([rows, columns])}`);
  const inputs = bias ? [a, b, bias] : [a, b];
  return apply('Gemm', inputs, { transposeA, transposeB }, { type: a.type, shape: [rows, columns] });
}

/** Product over the last axis of x [.., k] with a matrix [k, m]. */
export function matMul(x: Tensor, matrix: Tensor): Tensor {
  const [inner, columns] = matrixShape(matrix, false);
  if (x.shape.at(-1) !== inner)
    throw new ShapeError(`MatMul: ${describe(x.shape)} and ${describe(matrix.shape)} do not multiply`);
  return apply('MatMul', [x, matrix], {}, { type: x.type, shape: [...x.shape.slice(0, -1), columns] });
}

/** The same elements in another shape. At most one dimension may be known by name only, or be a multiple of such a name. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const [before, after] = [elements(x.shape), elements(shape)];
  if (shape.filter((dimension) => typeof dimension === 'string').length > 1 || before !== after)
    throw new ShapeError(`Reshape: ${describe(x.shape)} cannot become ${describe(shape)}`);
  return apply('Reshape', [x], { shape }, { type: x.type, shape });
}

/** The product of a dimension with a number, by name if the dimension is known by name only. */
export function multiple(dimension: Dimension, factor: number): Dimension {
  if (typeof dimension === 'number') return dimension * factor;
  const { count, name } = parsed(dimension);
  return count * factor === 1 ? name : `${count * factor}*${name}`;
}

/** The matrix with rows and columns exchanged. */
export function transpose(matrix: Tensor): Tensor {
  return apply('Transpose', [matrix], {}, { type: matrix.type, shape: matrixShape(matrix, true) });
}

/** Repeats x along the axes in which it has length 1. */
export function expand(x: Tensor, shape: readonly number[]): Tensor {
  if (!sameShape(broadcast('Expand', x.shape, shape), shape))
    throw new ShapeError(`Expand: ${describe(x.shape)} cannot become ${describe(shape)}`);
  return sameShape(x.shape, shape) ? x : apply('Expand', [x], { shape }, { type: x.type, shape });
}

/** Cuts x along an axis into parts of the given sizes. Cutting a concatenation at its seams gives back its pieces. */
export function split(x: Tensor, sizes: readonly number[], axis = x.shape.length - 1): readonly Tensor[] {
  const total = sizes.reduce((sumOfSizes, size) => sumOfSizes + size, 0);
  if (total !== x.shape[axis])
    throw new ShapeError(`Split: sizes ${describe(sizes)} do not add up to axis ${axis} of ${describe(x.shape)}`);
  if (sizes.length === 1) return [x];
  const { node } = x;
  if (
    node.is('Concat') &&
    node.attributes.axis === axis &&
    sameShape(
      node.inputs.map((part) => part.shape[axis]),
      sizes,
    )
  )
    return node.inputs;
  const types = sizes.map((size) => ({ type: x.type, shape: x.shape.with(axis, size) }));
  return new Node('Split', [x], { axis, sizes }, types).outputs;
}

/** Joins parts along an axis. Joining all the pieces of one split in their order gives back what was split. */
export function concat(parts: readonly Tensor[], axis = parts[0].shape.length - 1): Tensor {
  if (parts.length === 1) return parts[0];
  const { node } = parts[0];
  if (node.is('Split') && node.attributes.axis === axis && sameTensors(node.outputs, parts)) return node.inputs[0];
  const length = parts.reduce((total, part) => total + elementCount([part.shape[axis]]), 0);
  const shape = parts[0].shape.with(axis, length);
  for (const part of parts)
    if (!sameShape(part.shape.with(axis, length), shape))
      throw new ShapeError(
        `Concat: ${describe(part.shape)} does not fit ${describe(parts[0].shape)} along axis ${axis}`,
      );
  return apply('Concat', parts, { axis }, { type: parts[0].type, shape });
}

/** Takes slices of x along an axis, in the order of the integer tensor `indices`. */
export function gather(x: Tensor, indices: Tensor, axis: number): Tensor {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return apply('Gather', [x, indices], { axis }, { type: x.type, shape });
}

/**
 * Repeats `step` as often as the int64 scalar `iterations` says. `state` is carried from one iteration to the next;
 * each of `scanned` is stacked over the iterations, [iterations, ..].
 */
export function loop(
  iterations: Tensor,
  initialState: readonly Tensor[],
  step: (iteration: Tensor, state: readonly Tensor[]) => { state: readonly Tensor[]; scanned: readonly Tensor[] },
): { state: readonly Tensor[]; scanned: readonly Tensor[] } {
  const iteration = apply('Input', [], { name: 'iteration' }, { type: 'int64', shape: [] });
  const state = initialState.map((tensor, index) => apply('Input', [], { name: `state${index}` }, tensor));
  const next = step(iteration, state);
  next.state.forEach((tensor, index) => {
    if (!sameShape(tensor.shape, state[index].shape) || tensor.type !== state[index].type)
      throw new ShapeError(
        `Loop: state ${index} goes from ${describe(state[index].shape)} to ${describe(tensor.shape)} in one iteration`,
      );
  });
  const captured = capturedFrom([...next.state, ...next.scanned], [iteration, ...state]);
  const body = { iteration, state, nextState: next.state, scanned: next.scanned, captured };
  const scannedTypes = next.scanned.map(({ type, shape }): TensorType => ({ type, shape: ['iterations', ...shape] }));
  const { outputs } = new Node('Loop', [iterations, ...initialState], { body }, [...initialState, ...scannedTypes]);
  return { state: outputs.slice(0, state.length), scanned: outputs.slice(state.length) };
}

/** The shape of an element-wise operation on two shapes. Throws ShapeError when they do not fit. */
export function broadcast(operator: OperatorName, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis): Dimension => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new ShapeError(`${operator}: shapes ${describe(a)} and ${describe(b)} do not fit`);
    return left === 1 ? right : left;
  });
}

function operands(operator: OperatorName, a: Operand, b: Operand): [Tensor, Tensor] {
  const typed = a instanceof Tensor ? a : b;
  if (typeof typed === 'number') throw new ShapeError(`${operator}: expected at least one tensor`);
  const left = a instanceof Tensor ? a : scalar(a, typed.type);
  const right = b instanceof Tensor ? b : scalar(b, typed.type);
  if (left.type !== right.type) throw new ShapeError(`${operator}: ${left.type} does not go with ${right.type}`);
  return [left, right];
}

/** How many elements a shape has, as text: a number, times the names in it. */
function elements(shape: Shape): string {
  const parts = shape.map(parsed);
  const names = parts.flatMap(({ name }) => (name === '' ? [] : [name]));
  return [parts.reduce((product, { count }) => product * count, 1), ...names.sort()].join('*');
}

function parsed(dimension: Dimension): { count: number; name: string } {
  if (typeof dimension === 'number') return { count: dimension, name: '' };
  const [first, second] = dimension.split('*');
  return second === undefined ? { count: 1, name: first } : { count: Number(first), name: second };
}

function matrixShape(matrix: Tensor, transposed: boolean): Shape {
  if (matrix.shape.length !== 2) throw new ShapeError(`Expected a matrix; got ${describe(matrix.shape)}`);
  return transposed ? matrix.shape.toReversed() : matrix.shape;
}

const sameTensors = (a: readonly Tensor[], b: readonly Tensor[]) =>
  a.length === b.length && a.every((tensor, index) => tensor === b[index]);
