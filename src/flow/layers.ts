import { actnorm } from './bijectors/actnorm.ts';
import { affine } from './bijectors/affine.ts';
import { autoregressive } from './bijectors/autoregressive.ts';
import { bounded } from './bijectors/bounded.ts';
import { coupling } from './bijectors/coupling.ts';
import { householder } from './bijectors/householder.ts';
import type { LayerType } from './bijectors/layer.ts';
import { lu } from './bijectors/lu.ts';
import { permutation } from './bijectors/permutation.ts';
import { planar } from './bijectors/planar.ts';
import { radial } from './bijectors/radial.ts';
import { scale } from './bijectors/scale.ts';
import { sylvester } from './bijectors/sylvester.ts';

/** Every type of layer, by the name that specs use. */
export const layerTypes: ReadonlyMap<string, LayerType> = new Map(
  [
    coupling,
    autoregressive,
    planar,
    radial,
    sylvester,
    permutation,
    scale,
    affine,
    actnorm,
    lu,
    householder,
    bounded,
  ].map((layer) => [layer.type, layer as unknown as LayerType]),
);

/** Throws RangeError when there is no such type: specs are checked before they come here. */
export function layerTypeOf(type: string): LayerType {
  const layer = layerTypes.get(type);
  if (!layer) throw new RangeError(`There is no layer type ${type}`);
  return layer;
}
