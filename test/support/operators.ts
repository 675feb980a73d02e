/** For each operator of the graph, a small use of it; laws over the operators run over this table. */
import {
  abs,
  add,
  affine,
  and,
  cast,
  concat,
  div,
  equal,
  exp,
  expand,
  finite,
  floor,
  gather,
  greater,
  greaterOrEqual,
  largest,
  log,
  loop,
  matMul,
  max,
  mean,
  min,
  mul,
  neg,
  not,
  pow,
  relu,
  reshape,
  sigmoid,
  softplus,
  split,
  sqrt,
  step,
  stopGradient,
  sub,
  sum,
  sumOfSquares,
  tanh,
  transpose,
  where,
} from '../../src/flow/graph/operations.ts';
import { constant, scalar, type Tensor } from '../../src/flow/graph/tensor.ts';

export interface OperatorCase {
  readonly name: string;
  /** Shapes of the inputs. */
  readonly shapes: readonly (readonly number[])[];
  /** Inputs are made positive. */
  readonly positive?: boolean;
  /** Undefined: it is. */
  readonly differentiable?: boolean;
  build(...inputs: Tensor[]): Tensor;
}

const square = [3, 4];

export const operatorCases: readonly OperatorCase[] = [
  { name: 'neg', shapes: [square], build: (x) => neg(x) },
  { name: 'abs', shapes: [square], build: (x) => abs(x) },
  { name: 'floor', shapes: [square], differentiable: false, build: (x) => floor(mul(x, 3)) },
  { name: 'exp', shapes: [square], build: (x) => exp(x) },
  { name: 'log', shapes: [square], positive: true, build: (x) => log(x) },
  { name: 'sqrt', shapes: [square], positive: true, build: (x) => sqrt(x) },
  { name: 'sigmoid', shapes: [square], build: (x) => sigmoid(x) },
  { name: 'tanh', shapes: [square], build: (x) => tanh(x) },
  { name: 'relu', shapes: [square], build: (x) => relu(x) },
  { name: 'step', shapes: [square], differentiable: false, build: (x) => step(x) },
  { name: 'softplus', shapes: [square], build: (x) => softplus(mul(x, 12)) },
  { name: 'add, repeated rows', shapes: [square, [4]], build: (a, b) => add(a, b) },
  { name: 'sub, repeated columns', shapes: [square, [3, 1]], build: (a, b) => sub(a, b) },
  { name: 'sub from a number', shapes: [square], build: (x) => sub(2, x) },
  {
    name: 'mul, both repeated',
    shapes: [
      [3, 1],
      [1, 4],
    ],
    build: (a, b) => mul(a, b),
  },
  { name: 'div', shapes: [square, [4]], positive: true, build: (a, b) => div(a, b) },
  { name: 'min', shapes: [square, [4]], build: (a, b) => min(a, b) },
  { name: 'max', shapes: [square, [3, 1]], build: (a, b) => max(a, b) },
  { name: 'where', shapes: [square, square, [4]], build: (c, a, b) => where(greater(c, 0), a, b) },
  { name: 'sum of one axis', shapes: [square], build: (x) => sum(x, [1]) },
  { name: 'sum, axes kept', shapes: [square], build: (x) => mul(sum(x, [0], true), x) },
  { name: 'mean of all', shapes: [square], build: (x) => mean(mul(x, x)) },
  { name: 'sum of squares', shapes: [square], build: (x) => sumOfSquares(x, [1]) },
  { name: 'largest', shapes: [square], differentiable: false, build: (x) => largest(x, [1], true) },
  { name: 'affine', shapes: [square, [4, 2], [2]], build: (x, w, b) => affine(x, w, b) },
  {
    name: 'affine, first transposed',
    shapes: [
      [4, 3],
      [4, 2],
    ],
    build: (x, w) => affine(x, w, undefined, { transposeA: true }),
  },
  {
    name: 'affine, second transposed',
    shapes: [square, [2, 4]],
    build: (x, w) => affine(x, w, undefined, { transposeB: true }),
  },
  {
    name: 'affine, both transposed',
    shapes: [
      [4, 3],
      [2, 4],
    ],
    build: (x, w) => affine(x, w, undefined, { transposeA: true, transposeB: true }),
  },
  {
    name: 'matMul',
    shapes: [
      [2, 3, 4],
      [4, 5],
    ],
    build: (x, w) => matMul(x, w),
  },
  { name: 'transpose', shapes: [square, [4, 3]], build: (x, y) => mul(transpose(x), y) },
  { name: 'reshape', shapes: [square, [2, 6]], build: (x, y) => mul(reshape(x, [2, 6]), y) },
  { name: 'expand', shapes: [[3, 1], square], build: (x, y) => mul(expand(x, [3, 4]), y) },
  {
    name: 'split, one part unused',
    shapes: [[3, 6]],
    build: (x) => {
      const [a, , c] = split(x, [2, 1, 3]);
      return mul(sum(a, [1], true), c);
    },
  },
  { name: 'concat', shapes: [square, [3, 2]], build: (a, b) => exp(concat([a, b, a])) },
  { name: 'concat of rows', shapes: [square, [1, 4]], build: (a, b) => exp(concat([a, b], 0)) },
  {
    name: 'rows in another order',
    shapes: [square],
    build: (x) => exp(gather(x, constant(Int32Array.of(2, 0, 1), [3]), 0)),
  },
  {
    name: 'loop',
    shapes: [square],
    differentiable: false,
    build: (x) => {
      const invariant = exp(mul(x, 0.1));
      const { state, scanned } = loop(constant(BigInt64Array.of(3n), []), [x], (iteration, [value]) => {
        const next = add(mul(value, invariant), cast(iteration, 'float32'));
        return { state: [next], scanned: [sum(next)] };
      });
      return add(state[0], sum(scanned[0]));
    },
  },
  {
    name: 'rows chosen',
    shapes: [square],
    differentiable: false,
    build: (x) => gather(x, constant(Int32Array.of(2, 2, 0), [3]), 1),
  },
  {
    name: 'comparisons',
    shapes: [square, square],
    differentiable: false,
    build: (a, b) => {
      const conditions = [and(greaterOrEqual(a, b), not(equal(a, 0))), finite(log(a)), greater(0, b)];
      return conditions
        .map((condition) => cast(condition, 'float32'))
        .reduce((total, value) => add(mul(total, 2), value));
    },
  },
  { name: 'no gradient', shapes: [square], differentiable: false, build: (x) => stopGradient(mul(x, 2)) },
  { name: 'affine with a column for a bias', shapes: [square, [4, 2], [3, 1]], build: (x, w, b) => affine(x, w, b) },
  { name: 'pow', shapes: [square], positive: true, differentiable: false, build: (x) => pow(scalar(0.9), x) },
];
