import { resolveConditioner } from '../conditioners/conditioner.ts';
import { ElementwiseAffine, elementwiseSchema } from './affine.ts';
import { layerType } from './layer.ts';

/**
 * ActNorm (Kingma and Dhariwal 2018, Glow): an element-wise affine layer that starts where it makes the columns of the
 * training rows have mean 0 and deviation 1. Rows come standardised and every layer before it starts as the identity, an
 * orthogonal map or a reordering, so that they have that already: it starts as the identity, as every affine layer does.
 */
export const actnorm = layerType({
  type: 'actnorm',
  allowsMissing: true,
  summary: 'Scales and shifts each column, starting from mean 0 and deviation 1.',
  schema: elementwiseSchema,
  resolve: resolveConditioner,
  build: (spec, size) => new ElementwiseAffine(spec, size),
});
