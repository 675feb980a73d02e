/** Reverse-mode differentiation on the graph: the gradient of a scalar is a graph again. */
import { ShapeError } from '../errors.ts';
import {
  add,
  affine,
  cast,
  concat,
  div,
  expand,
  gather,
  greater,
  matMul,
  mul,
  neg,
  reshape,
  split,
  step,
  sub,
  sum,
  transpose,
  where,
} from './operations.ts';
import {
  constant,
  describe,
  elementCount,
  type Node,
  type OperatorName,
  type Operators,
  sameShape,
  scalar,
  staticShape,
  type Tensor,
} from './tensor.ts';
import { dependents, nodesInOrder } from './traversal.ts';

/**
 * The gradients of each input of a node, from the gradients of its outputs. A gradient may be smaller than its tensor in
 * any dimension: it then stands for its own repetition, which saves writing it out (see `filled`). A rule returns
 * undefined for an input through which nothing flows.
 */
type Rule<Name extends OperatorName> = (
  node: Node<Name>,
  gradient: Tensor,
  gradients: readonly (Tensor | undefined)[],
) => readonly (Tensor | undefined)[];

/**
 * The gradients of a scalar with respect to `sources`, each of its source's shape; zero where the scalar does not depend
 * on it. Throws ShapeError when the value is not a scalar or an operator on the way has no gradient.
 */
export function gradients(value: Tensor, sources: readonly Tensor[]): Tensor[] {
  if (value.shape.length !== 0) throw new ShapeError(`Expected a scalar; got ${describe(value.shape)}`);
  const nodes = nodesInOrder([value]);
  const active = dependents(nodes, sources);
  const accumulated = new Map<Tensor, Tensor>([[value, scalar(1, value.type)]]);
  for (const node of nodes.toReversed()) {
    const outputGradients = node.outputs.map((output) => accumulated.get(output));
    const first = outputGradients.find((gradient) => gradient !== undefined);
    if (!active.has(node) || node.operator === 'Input' || first === undefined) continue;
    inputGradients(node, first, outputGradients).forEach((gradient, index) => {
      const target = node.inputs[index];
      if (gradient === undefined || !active.has(target.node)) return;
      const earlier = accumulated.get(target);
      accumulated.set(target, earlier ? add(earlier, gradient) : gradient);
    });
  }
  return sources.map((source) => filled(accumulated.get(source) ?? scalar(0, source.type), source));
}

function inputGradients<Name extends OperatorName>(
  node: Node<Name>,
  first: Tensor,
  outputGradients: readonly (Tensor | undefined)[],
) {
  const rule: Rule<Name> | undefined = rules[node.operator];
  if (!rule) throw new ShapeError(`${node.operator} has no gradient`);
  return rule(node, first, outputGradients);
}

const rules: { readonly [Name in OperatorName]?: Rule<Name> } = {
  Identity: () => [undefined],
  Neg: (_, gradient) => [neg(gradient)],
  Abs: ({ inputs: [x] }, gradient) => [where(greater(0, x), neg(gradient), gradient)],
  Exp: ({ outputs: [y] }, gradient) => [mul(gradient, y)],
  Log: ({ inputs: [x] }, gradient) => [div(gradient, x)],
  Sqrt: ({ outputs: [y] }, gradient) => [div(mul(gradient, 0.5), y)],
  Sigmoid: ({ outputs: [y] }, gradient) => [mul(gradient, mul(y, sub(1, y)))],
  Tanh: ({ outputs: [y] }, gradient) => [mul(gradient, sub(1, mul(y, y)))],
  Relu: ({ outputs: [y] }, gradient) => [mul(gradient, step(y))],
  Add: ({ inputs: [a, b], outputs: [y] }, gradient) => [summedTo(a, gradient, y), summedTo(b, gradient, y)],
  Sub: ({ inputs: [a, b], outputs: [y] }, gradient) => [summedTo(a, gradient, y), neg(summedTo(b, gradient, y))],
  Mul: ({ inputs: [a, b], outputs: [y] }, gradient) => [
    summedTo(a, mul(gradient, b), y),
    summedTo(b, mul(gradient, a), y),
  ],
  Div: ({ inputs: [a, b], outputs: [y] }, gradient) => {
    const quotient = div(gradient, b);
    return [summedTo(a, quotient, y), neg(summedTo(b, mul(quotient, y), y))];
  },
  Min: ({ inputs: [a, b], outputs: [y] }, gradient) => chosen(greater(b, a), a, b, gradient, y),
  Max: ({ inputs: [a, b], outputs: [y] }, gradient) => chosen(greater(a, b), a, b, gradient, y),
  Where: ({ inputs: [condition, yes, no], outputs: [y] }, gradient) => [
    undefined,
    ...chosen(condition, yes, no, gradient, y),
  ],
  Cast: ({ inputs: [x] }, gradient) => [cast(gradient, x.type)],
  ReduceSum: ({ inputs: [x], attributes }, gradient) => [keepingAxes(gradient, x, attributes)],
  ReduceMean: ({ inputs: [x], attributes }, gradient) => {
    const count = elementCount(attributes.axes.map((axis) => x.shape[axis]));
    return [keepingAxes(mul(gradient, 1 / count), x, attributes)];
  },
  ReduceSumSquare: ({ inputs: [x], attributes }, gradient) => [mul(mul(x, 2), keepingAxes(gradient, x, attributes))],
  MatMul: ({ inputs: [x, matrix], outputs: [y] }, gradient) => {
    const full = filled(gradient, y);
    const asRows = (tensor: Tensor) => {
      const width = elementCount(tensor.shape.slice(-1));
      return reshape(tensor, [elementCount(tensor.shape) / width, width]);
    };
    return [matMul(full, transpose(matrix)), affine(asRows(x), asRows(full), undefined, { transposeA: true })];
  },
  Gemm: ({ inputs: [a, b, bias], attributes: { transposeA, transposeB }, outputs: [y] }, gradient) => {
    const full = filled(gradient, y);
    return [
      transposeA
        ? affine(b, full, undefined, { transposeA: transposeB, transposeB: true })
        : affine(full, b, undefined, { transposeB: !transposeB }),
      transposeB
        ? affine(full, a, undefined, { transposeA: true, transposeB: transposeA })
        : affine(a, full, undefined, { transposeA: !transposeA }),
      ...(bias ? [summedTo(bias, full, y)] : []),
    ];
  },
  Reshape: ({ inputs: [x], outputs: [y] }, gradient) => [reshape(filled(gradient, y), x.shape)],
  Expand: ({ inputs: [x], outputs: [y] }, gradient) => [summedTo(x, gradient, y)],
  Split: ({ outputs, attributes: { axis } }, _, parts) => [
    concat(
      outputs.map((output, index) => filled(parts[index] ?? scalar(0, output.type), output)),
      axis,
    ),
  ],
  Transpose: (_, gradient) => [gradient.shape.length < 2 ? gradient : transpose(gradient)],
  Concat: ({ inputs, attributes: { axis }, outputs: [y] }, gradient) => {
    const repeatsAlongAxis = gradient.shape.length === 0 || (sameRank(gradient, y) && gradient.shape[axis] === 1);
    if (repeatsAlongAxis) return inputs.map(() => gradient);
    const sizes = staticShape(inputs.map((part) => part.shape[axis]));
    return split(sameRank(gradient, y) ? gradient : filled(gradient, y), sizes, axis);
  },
  Gather: ({ inputs: [x, indices], attributes: { axis }, outputs: [y] }, gradient) => {
    const order = indices.node.is('Constant') ? Array.from(indices.node.attributes.values, Number) : [];
    const inverse = Int32Array.from(order, (_, position) => order.indexOf(position));
    if (axis !== 0 || order.length !== x.shape[0] || inverse.includes(-1))
      throw new ShapeError('Gather has a gradient only as a permutation along the first axis');
    return [gather(filled(gradient, y), constant(inverse, [inverse.length]), 0)];
  },
};

/** Where `condition` holds the gradient goes to `yes`, elsewhere to `no`. */
const chosen = (condition: Tensor, yes: Tensor, no: Tensor, gradient: Tensor, output: Tensor) => [
  summedTo(yes, where(condition, gradient, 0), output),
  summedTo(no, where(condition, 0, gradient), output),
];

const sameRank = (a: Tensor, b: Tensor) => a.shape.length === b.shape.length;

/** The gradient of an operand that an element-wise operation repeated to the shape of its output: the sum over the copies. */
function summedTo(operand: Tensor, gradient: Tensor, output: Tensor): Tensor {
  const rank = output.shape.length;
  const lengthAt = (tensor: Tensor, axis: number) => tensor.shape[axis - rank + tensor.shape.length] ?? 1;
  const repeated = output.shape.flatMap((length, axis) => (lengthAt(operand, axis) === length ? [] : [axis]));
  if (repeated.length === 0) return gradient;
  const offset = rank - gradient.shape.length;
  const axes = repeated.filter((axis) => lengthAt(gradient, axis) !== 1).map((axis) => axis - offset);
  const copies = elementCount(
    repeated.filter((axis) => lengthAt(gradient, axis) === 1).map((axis) => output.shape[axis]),
  );
  const total = axes.length > 0 ? sum(gradient, axes, true) : gradient;
  const shape = total.shape.slice(Math.max(0, total.shape.length - operand.shape.length));
  const aligned = reshape(total, shape);
  return copies === 1 ? aligned : mul(aligned, copies);
}

/** The gradient of a reduction's operand: the same for all the elements that were reduced to one. */
function keepingAxes(gradient: Tensor, operand: Tensor, { axes, keepDimensions }: Operators['ReduceSum']): Tensor {
  if (keepDimensions || gradient.shape.length === 0) return gradient;
  const reduced = operand.shape.filter((_, axis) => !axes.includes(axis));
  const kept = operand.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return reshape(expand(gradient, staticShape(reduced)), kept);
}

/** A gradient written out in the full shape of its tensor. */
function filled(gradient: Tensor, tensor: Tensor): Tensor {
  return sameShape(gradient.shape, tensor.shape) ? gradient : expand(gradient, staticShape(tensor.shape));
}
