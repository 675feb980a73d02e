import type { Node, Tensor } from './tensor.ts';

/** The nodes that `outputs` depend on, each after all of its inputs. Loop bodies count as part of their loop's inputs. */
export function nodesInOrder(outputs: readonly Tensor[]): Node[] {
  const ordered: Node[] = [];
  const visited = new Set<Node>();
  // An explicit stack: deep flows would overflow the call stack.
  const stack = outputs.map(({ node }) => ({ node, expanded: false })).reverse();
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, expanded } = top;
    if (expanded) ordered.push(node);
    else if (!visited.has(node)) {
      visited.add(node);
      stack.push({ node, expanded: true });
      for (const { node: source } of dependencies(node).toReversed())
        if (!visited.has(source)) stack.push({ node: source, expanded: false });
    }
  }
  return ordered;
}

/** The nodes among `nodes` (in order) whose value depends on one of `sources`. */
export function dependents(nodes: readonly Node[], sources: Iterable<Tensor>): Set<Node> {
  const dependent = new Set(Array.from(sources, ({ node }) => node));
  for (const node of nodes) if (dependencies(node).some((tensor) => dependent.has(tensor.node))) dependent.add(node);
  return dependent;
}

function dependencies(node: Node): readonly Tensor[] {
  return node.is('Loop') ? [...node.inputs, ...captured(node)] : node.inputs;
}

/** The tensors that a loop's body takes from the graph around it: all that do not depend on its iteration or state. */
function captured(loop: Node<'Loop'>): Tensor[] {
  const { iteration, state, nextState, scanned } = loop.attributes.body;
  const own = [iteration, ...state];
  const nodes = nodesInOrder([...nextState, ...scanned]);
  const inside = dependents(nodes, own);
  const outside = new Set<Tensor>();
  for (const node of nodes)
    if (inside.has(node)) for (const tensor of dependencies(node)) if (!inside.has(tensor.node)) outside.add(tensor);
  for (const tensor of [...nextState, ...scanned]) if (!inside.has(tensor.node)) outside.add(tensor);
  return [...outside];
}
