import { autoregressive } from './bijectors/autoregressive.ts';
import { coupling } from './bijectors/coupling.ts';
import type { LayerType } from './bijectors/layer.ts';
import { permutation } from './bijectors/permutation.ts';

/** Every type of layer, by the name that specs use. */
export const layerTypes: ReadonlyMap<string, LayerType> = new Map(
  [coupling, autoregressive, permutation].map((layer) => [layer.type, layer as unknown as LayerType]),
);

/** Throws RangeError when there is no such type: specs are checked before they come here. */
export function layerTypeOf(type: string): LayerType {
  const layer = layerTypes.get(type);
  if (!layer) throw new RangeError(`There is no layer type ${type}`);
  return layer;
}
