import {
  type ElementType,
  Node,
  type OperatorName,
  type Operators,
  type Tensor,
  type TensorType,
} from '../../src/flow/graph/tensor.ts';
import { nodesInOrder } from '../../src/flow/graph/traversal.ts';

/** The same computation from the same inputs (none of them float64), with float32 wherever it has float64. */
export function inSinglePrecision(output: Tensor): Tensor {
  const copies = new Map<Tensor, Tensor>();
  copyNodes([output], copies);
  return copyOf(output, copies);
}

function copyNodes(outputs: readonly Tensor[], copies: Map<Tensor, Tensor>): void {
  for (const node of nodesInOrder(outputs)) {
    if (node.outputs.every((tensor) => copies.has(tensor))) continue;
    const inputs = node.inputs.map((tensor) => copyOf(tensor, copies));
    const types = node.outputs.map(({ type, shape }): TensorType => ({ type: single(type), shape }));
    const unchanged = node.is('Input') && single(node.outputs[0].type) === node.outputs[0].type;
    const copy = unchanged ? node : new Node(node.operator, inputs, attributes(node, copies), types);
    node.outputs.forEach((tensor, index) => void copies.set(tensor, copy.outputs[index]));
  }
}

function attributes(node: Node, copies: Map<Tensor, Tensor>): Operators[OperatorName] {
  if (node.is('Cast')) return { to: single(node.attributes.to) };
  if (node.is('Constant') && node.attributes.values instanceof Float64Array)
    return { values: Float32Array.from(node.attributes.values) };
  if (!node.is('Loop')) return node.attributes;
  const { iteration, state, nextState, scanned, captured } = node.attributes.body;
  copyNodes([iteration, ...state, ...nextState, ...scanned], copies);
  const copied = (tensors: readonly Tensor[]) => tensors.map((tensor) => copyOf(tensor, copies));
  return {
    body: {
      iteration: copyOf(iteration, copies),
      state: copied(state),
      nextState: copied(nextState),
      scanned: copied(scanned),
      captured: copied(captured),
    },
  };
}

function copyOf(tensor: Tensor, copies: ReadonlyMap<Tensor, Tensor>): Tensor {
  const copy = copies.get(tensor);
  if (!copy) throw new Error(`The ${tensor.node.operator} was not copied`);
  return copy;
}

const single = (type: ElementType): ElementType => (type === 'float64' ? 'float32' : type);
