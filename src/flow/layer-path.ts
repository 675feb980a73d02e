import type { LayerSpec } from './flow.ts';

/** Two coordinates of a flow's numbers, by their places. */
export type Plane = readonly [x: number, y: number];

/** A layer as it is met on the way from the base to the data. */
export interface LayerOnPath {
  /** Its place in the resolved spec, which lists layers from the data. */
  readonly layer: number;
  readonly spec: LayerSpec;
  /** Which it is of its kind, from 1, and of how many. */
  readonly number: number;
  readonly count: number;
}

/** As in "affine coupling": layers of one kind are counted together. */
export function kindOf({ type, transform, inverse }: LayerSpec): string {
  return [inverse && 'inverse', transform, type].filter((word) => word).join(' ');
}

/** The layers of a resolved spec in the order in which generating comes to them. */
export function layersFromBase(layers: readonly LayerSpec[]): LayerOnPath[] {
  const counts = new Map<string, number>();
  const counted = layers
    .map((spec, layer) => ({ layer, spec }))
    .reverse()
    .map((each) => {
      const kind = kindOf(each.spec);
      const number = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, number);
      return { ...each, kind, number };
    });
  return counted.map(({ kind, ...each }) => ({ ...each, count: counts.get(kind) ?? 0 }));
}

/**
 * Where two columns of the data stand at the base and behind each layer, in the order of generating; the last is the plane itself.
 * Permutations move them.
 */
export function followed(plane: Plane, layers: readonly LayerSpec[]): Plane[] {
  const planes = [plane];
  for (const layer of layers) {
    const [x, y] = planes[0];
    planes.unshift([placeBehind(layer, x), placeBehind(layer, y)]);
  }
  return planes;
}

/** Column i behind a permutation is column order[i] before it; the inverse goes the other way. */
function placeBehind({ type, inverse, order }: LayerSpec, place: number): number {
  if (type !== 'permutation' || !Array.isArray(order)) return place;
  return inverse ? order[place] : order.indexOf(place);
}
