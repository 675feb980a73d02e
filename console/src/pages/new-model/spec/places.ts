import type { SyntaxNode, Tree } from '@lezer/common';

/** From the whole text to a part of it: the names of properties, and the numbers of elements. */
export type Path = readonly string[];

/** A part of the text. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Where something may be written, and what it would take the place of. */
export interface Place extends Range {
  readonly kind: 'key' | 'value' | 'element';
  /** The objects and arrays around it, from the outermost. */
  readonly around: readonly Container[];
  /** The property that a value is of. */
  readonly key: string | undefined;
}

/** An object with its properties as they are written, or an array. */
export interface Container {
  /** Its name or number in the one around it; undefined for the outermost. */
  readonly segment: string | undefined;
  readonly entries: ReadonlyMap<string, string>;
}

const values = new Set(['True', 'False', 'Null', 'Number', 'String', 'Object', 'Array']);

const childrenOf = (node: SyntaxNode) => {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
};
const valuesIn = (node: SyntaxNode) => childrenOf(node).filter(({ name }) => values.has(name));
const textOf = (text: string, { from, to }: Range) => text.slice(from, to);

/** What a string in the text says. */
export function stringOf(written: string): string {
  try {
    return String(JSON.parse(written));
  } catch {
    return written.replaceAll('"', '');
  }
}

function nameOf(property: SyntaxNode, text: string): string | undefined {
  const name = property.getChild('PropertyName');
  return name ? stringOf(textOf(text, name)) : undefined;
}

/** Where the syntax tree has what a JSON pointer leads to; where that is not there the last that is on the way. */
export function rangeAt(tree: Tree, text: string, pointer: string): Range {
  let [found] = valuesIn(tree.topNode);
  let shown: SyntaxNode | undefined = found;
  for (const segment of segmentsOf(pointer)) {
    if (!found) break;
    const property = found.getChildren('Property').find((each) => nameOf(each, text) === segment);
    const next = found.name === 'Array' ? valuesIn(found)[Number(segment)] : property;
    if (!next) break;
    shown = next;
    found = property ? valuesIn(property)[0] : next;
  }
  return shown ? firstLine(text, shown) : { from: 0, to: text.length };
}

export const segmentsOf = (pointer: string): Path =>
  pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));

/** Of what goes on over several lines only the first is marked. */
function firstLine(text: string, { from, to }: Range): Range {
  const end = text.indexOf('\n', from);
  return { from, to: end === -1 ? to : Math.min(end, to) };
}

/** The first place that is no JSON. */
export function brokenRange(tree: Tree, text: string): Range {
  let broken: Range | undefined;
  tree.iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) broken ??= { from: Math.max(0, Math.min(from, text.length - 1)), to: Math.max(to, from + 1) };
      return broken === undefined;
    },
  });
  return broken ?? { from: 0, to: text.length };
}

/** What may be written at a position; undefined where it is nothing new. */
export function placeAt(tree: Tree, text: string, position: number): Place | undefined {
  const from = position - lengthOf(/"?[\w.-]*$/.exec(text.slice(0, position)));
  const to = position + lengthOf(/^[\w.-]*"?/.exec(text.slice(position)));
  const before = text.slice(0, from).trimEnd();
  const container = containerAt(tree, before.length);
  if (!container) return undefined;
  const place = { from, to, around: containersOf(container, text), key: undefined };
  const last = before.at(-1);
  if (last === ':') return { ...place, kind: 'value', key: keyBefore(before) };
  if (last !== ',' && last !== '{' && last !== '[') return undefined;
  return { ...place, kind: container.name === 'Array' ? 'element' : 'key' };
}

/** A name or a word of the text with what it is around; undefined where there is none. */
export function wordAt(tree: Tree, text: string, position: number): Place | undefined {
  const node = tree.resolveInner(position, 1);
  const container = containerAt(tree, node.from);
  if (!container || !(values.has(node.name) || node.name === 'PropertyName')) return undefined;
  if (node.name === 'Object' || node.name === 'Array') return undefined;
  const { parent } = node;
  const key = parent?.name === 'Property' ? nameOf(parent, text) : undefined;
  const kind = node.name === 'PropertyName' ? 'key' : key === undefined ? 'element' : 'value';
  return { from: node.from, to: node.to, kind, around: containersOf(container, text), key };
}

const lengthOf = (found: RegExpExecArray | null) => found?.[0].length ?? 0;

function keyBefore(text: string): string | undefined {
  const written = /("(?:[^"\\]|\\.)*")\s*:$/.exec(text)?.[1];
  return written === undefined ? undefined : stringOf(written);
}

/** The innermost object or array that goes on after the character before this position. */
function containerAt(tree: Tree, end: number): SyntaxNode | undefined {
  let node: SyntaxNode | null = tree.resolveInner(end, -1);
  while (node && node.name !== 'Object' && node.name !== 'Array') node = node.parent;
  return node ?? undefined;
}

function containersOf(innermost: SyntaxNode, text: string): Container[] {
  const around: Container[] = [];
  for (let node: SyntaxNode | null = innermost; node; node = node.parent)
    if (node.name === 'Object' || node.name === 'Array')
      around.unshift({ segment: segmentOf(node, text), entries: entriesOf(node, text) });
  return around;
}

function segmentOf(node: SyntaxNode, text: string): string | undefined {
  const { parent } = node;
  if (parent?.name === 'Property') return nameOf(parent, text);
  if (parent?.name !== 'Array') return undefined;
  return String(valuesIn(parent).findIndex(({ from }) => from === node.from));
}

function entriesOf(node: SyntaxNode, text: string): ReadonlyMap<string, string> {
  return new Map(
    node.getChildren('Property').flatMap((property) => {
      const name = nameOf(property, text);
      const [value] = valuesIn(property);
      return name === undefined ? [] : [[name, value ? textOf(text, value) : ''] as const];
    }),
  );
}
