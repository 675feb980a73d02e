import * as tf from '@tensorflow/tfjs';
import type { Node, OperatorName, Shape } from '../../flow/graph/tensor.ts';
import { given, toNumbers, toTensor } from './value.ts';

/** What an operator does to tensors of TensorFlow.js. */
export type Kernel<Name extends OperatorName> = (
  inputs: readonly tf.Tensor[],
  node: Node<Name>,
) => tf.Tensor | tf.Tensor[];

const unary =
  (operation: (x: tf.Tensor) => tf.Tensor): Kernel<OperatorName> =>
  ([x]) =>
    operation(x);

const binary =
  (operation: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Kernel<OperatorName> =>
  ([a, b]) =>
    operation(a, b);

const reduce =
  (
    summarize: (x: tf.Tensor, axes: number[], keepDimensions: boolean) => tf.Tensor,
  ): Kernel<'ReduceSum' | 'ReduceMean' | 'ReduceSumSquare' | 'ReduceMax'> =>
  ([x], { attributes: { axes, keepDimensions } }) =>
    summarize(x, [...axes], keepDimensions);

/** Kernels are differentiable by TensorFlow.js's own tape: that is how the graph's gradients are checked. */
export const kernels: { readonly [Name in OperatorName]: Kernel<Name> } = {
  Input: (_, { attributes: { name } }) => {
    throw new Error(`The program uses the input ${name} without declaring it`);
  },
  Loop: () => {
    throw new Error('Loops are run apart from the other operators');
  },
  Constant: (_, { attributes: { values }, outputs: [{ shape, type }] }) =>
    toTensor(given({ values, shape: shape.map(Number) }, type), type),
  // A value that was read back is a constant to the tape.
  Identity: ([x], { outputs: [{ type }] }) => toTensor(toNumbers(x), type),
  Neg: unary(tf.neg),
  Abs: unary(tf.abs),
  Floor: unary(tf.floor),
  Exp: unary(tf.exp),
  Log: unary(tf.log),
  Sqrt: unary(tf.sqrt),
  Sigmoid: unary(tf.sigmoid),
  Tanh: unary(tf.tanh),
  Relu: unary(tf.relu),
  Step: unary((x) => tf.step(x)),
  Not: unary(tf.logicalNot),
  Add: binary(tf.add),
  Sub: binary(tf.sub),
  Mul: binary(tf.mul),
  Div: binary(tf.div),
  Pow: binary(tf.pow),
  Min: binary(tf.minimum),
  Max: binary(tf.maximum),
  Equal: binary(tf.equal),
  Greater: binary(tf.greater),
  GreaterOrEqual: binary(tf.greaterEqual),
  And: binary(tf.logicalAnd),
  Where: ([condition, yes, no]) => tf.where(condition, yes, no),
  Cast: ([x], { outputs: [{ type }] }) => tf.cast(x, type === 'bool' ? 'bool' : type === 'int32' ? 'int32' : 'float32'),
  ReduceSum: reduce(tf.sum),
  ReduceMean: reduce(tf.mean),
  ReduceSumSquare: reduce((x, axes, keepDimensions) => tf.sum(tf.square(x), axes, keepDimensions)),
  ReduceMax: reduce(tf.max),
  MatMul: ([x, matrix]) => {
    const [inner, columns] = matrix.shape;
    const product = tf.matMul(tf.reshape(x, [-1, inner]), matrix);
    return tf.reshape(product, [...x.shape.slice(0, -1), columns]);
  },
  Gemm: ([a, b, bias], { attributes: { transposeA, transposeB } }) => {
    const product = tf.matMul(a, b, transposeA, transposeB);
    return bias ? tf.add(product, bias) : product;
  },
  Transpose: unary((x) => tf.transpose(x)),
  Reshape: ([x], { attributes: { shape } }) => tf.reshape(x, inferred(shape)),
  // broadcastTo takes a length of 0 for 1.
  Expand: ([x], { attributes: { shape } }) =>
    shape.includes(0) ? tf.zeros([...shape], x.dtype) : tf.broadcastTo(x, [...shape]),
  Split: ([x], { attributes: { axis, sizes } }) => tf.split(x, [...sizes], axis),
  Concat: (parts, { attributes: { axis } }) => tf.concat([...parts], axis),
  Gather: ([x, indices], { attributes: { axis } }) => tf.gather(x, indices, axis),
};

/** The dimension known only when the program runs is the one that TensorFlow.js infers. */
const inferred = (shape: Shape) => shape.map((dimension) => (typeof dimension === 'string' ? -1 : dimension));
