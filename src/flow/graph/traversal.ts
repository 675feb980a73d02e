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
  return node.is('Loop') ? [...node.inputs, ...node.attributes.body.captured] : node.inputs;
}

/** The tensors on the way to `outputs` that do not depend on `sources`, though something there that does depends on them. */
export function capturedFrom(outputs: readonly Tensor[], sources: readonly Tensor[]): Tensor[] {
  const nodes = nodesInOrder(outputs);
  const inside = dependents(nodes, sources);
  const used = [...nodes.filter((node) => inside.has(node)).flatMap(dependencies), ...outputs];
  return [...new Set(used.filter((tensor) => !inside.has(tensor.node)))];
}
