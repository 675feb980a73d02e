import * as tf from '@tensorflow/tfjs';
import type { LoopBody, Node, OperatorName, Tensor } from '../../flow/graph/tensor.ts';
import { dependents, nodesInOrder } from '../../flow/graph/traversal.ts';
import { applyOperator } from '../reference.ts';
import { type Kernel, kernels } from './kernels.ts';
import { isWide, toNumbers, toTensor, type Value } from './value.ts';

type Known = Map<Tensor, Value>;

/** The values of `outputs`, from those of the inputs. Call it within `tf.tidy`: intermediate tensors are left to it. */
export function evaluate(outputs: readonly Tensor[], inputs: ReadonlyMap<Tensor, Value>): Value[] {
  const known = new Map(inputs);
  evaluateNodes(nodesInOrder(outputs), known);
  return valuesOf(outputs, known);
}

function evaluateNodes(nodes: Iterable<Node>, known: Known): void {
  for (const node of nodes) {
    if (node.outputs.every((tensor) => known.has(tensor))) continue;
    const results = applied(node, valuesOf(node.inputs, known), known);
    for (const [index, tensor] of node.outputs.entries()) known.set(tensor, results[index]);
  }
}

function valuesOf(tensors: readonly Tensor[], known: Known): Value[] {
  return tensors.map((tensor) => {
    const value = known.get(tensor);
    if (!value) throw new Error(`No value for the ${tensor.node.operator}`);
    return value;
  });
}

function applied<Name extends OperatorName>(node: Node<Name>, inputs: readonly Value[], known: Known): Value[] {
  if (node.is('Loop')) return runLoop(node.attributes.body, inputs, known);
  const isExact = ({ type }: Tensor) => type === 'float64';
  if (node.inputs.some(isExact) || node.outputs.some(({ type }) => isWide(type)))
    return applyOperator(node, inputs.map(toNumbers));
  const kernel: Kernel<Name> = kernels[node.operator];
  const result = kernel(
    inputs.map((value, index) => toTensor(value, node.inputs[index].type)),
    node,
  );
  return Array.isArray(result) ? result : [result];
}

function runLoop(body: LoopBody, [iterations, ...initial]: readonly Value[], known: Known): Value[] {
  const results = [...body.nextState, ...body.scanned];
  const nodes = nodesInOrder(results);
  const changing = dependents(nodes, [body.iteration, ...body.state]);
  const inside = nodes.filter((node) => changing.has(node));
  const [count] = toNumbers(iterations).data;
  const scanned = body.scanned.map((): tf.Tensor[] => []);
  let state = initial.map(owned);
  for (let iteration = 0; iteration < count; iteration++) {
    const before = state;
    const within = new Map(known).set(body.iteration, { data: Float64Array.of(iteration), shape: [] });
    body.state.forEach((tensor, index) => void within.set(tensor, before[index]));
    const after = tidied(() => {
      evaluateNodes(inside, within);
      return valuesOf(results, within).map(owned);
    });
    tf.dispose(before.filter(isTensor));
    state = after.slice(0, state.length);
    for (const [index, values] of scanned.entries())
      values.push(toTensor(after[state.length + index], body.scanned[index].type));
  }
  return [...state, ...scanned.map((values) => tf.stack(values))];
}

/** Runs `compute` and disposes of every tensor that it made but those among its results. */
function tidied(compute: () => Value[]): Value[] {
  let results: Value[] = [];
  tf.tidy(() => {
    results = compute();
    return results.filter(isTensor);
  });
  return results;
}

/** The same value, to be disposed of without a thought for who else uses it. */
const owned = (value: Value): Value => (isTensor(value) ? tf.clone(value) : value);

const isTensor = (value: Value): value is tf.Tensor => value instanceof tf.Tensor;
