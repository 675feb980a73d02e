const width = 88;

/** JSON to be read: what fits into a line stands in one. */
export function print(value: unknown, indent = ''): string {
  const flat = inLine(value);
  if (indent.length + flat.length <= width || typeof value !== 'object' || value === null) return flat;
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const parts = isList
    ? value.map((item) => print(item, inner))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${print(item, inner)}`);
  const [open, close] = isList ? '[]' : '{}';
  return `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${indent}${close}`;
}

function inLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${inLine(item)}`);
  return parts.length === 0 ? '{}' : `{${parts.join(', ')}}`;
}

/** A resolved spec as somebody would write it: layers that are repeated are written once. */
export function folded(spec: object): object {
  if (!('layers' in spec) || !Array.isArray(spec.layers)) return spec;
  const { layers } = spec;
  const written = layers.map((layer) => JSON.stringify(layer));
  for (let length = 1; length <= layers.length / 2; length++)
    if (layers.length % length === 0 && written.every((layer, index) => layer === written[index % length]))
      return { ...spec, layers: [{ repeat: layers.length / length, layers: layers.slice(0, length) }] };
  return spec;
}
