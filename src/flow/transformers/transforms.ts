import { type Static, Type } from 'typebox';
import { additive, affine } from './affine.ts';
import { Spline } from './spline.ts';
import type { Transformer } from './transformer.ts';

/** The keys with which a layer's spec describes its element-wise transform. */
export const transformerProperties = {
  transform: Type.Enum(['affine', 'additive', 'spline'], {
    default: 'affine',
    description: 'affine: exp(s) x + t; additive: x + t; spline: monotone rational-quadratic',
  }),
  bins: Type.Integer({ minimum: 2, maximum: 64, default: 8, description: 'Bins of a spline' }),
  bound: Type.Number({
    exclusiveMinimum: 0,
    maximum: 100,
    default: 5,
    description: 'A spline bends within [-bound, bound] and is the identity outside',
  }),
};
const transformerSchema = Type.Object(transformerProperties);
export type TransformerSpec = Static<typeof transformerSchema>;

export function createTransformer({ transform, bins, bound }: TransformerSpec): Transformer {
  switch (transform) {
    case 'affine':
      return affine;
    case 'additive':
      return additive;
    case 'spline':
      return new Spline(bins, bound);
  }
}
