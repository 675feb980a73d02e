/** For each type of layer, the specs over which the laws of bijectors run: small, so that every parameter can be moved. */
export interface LayerCase {
  readonly name: string;
  readonly columns: number;
  readonly layer: { readonly type: string; readonly [key: string]: unknown };
  /** What the layer does before it is trained. */
  readonly startsAs: 'identity' | 'permutation';
}

const layerCase = (
  columns: number,
  layer: LayerCase['layer'],
  startsAs: LayerCase['startsAs'] = 'identity',
): LayerCase => ({
  name: `${Object.values(layer).join(' ')}, ${columns} columns`,
  columns,
  layer,
  startsAs,
});

const permutation = (columns: number, kind: string) => layerCase(columns, { type: 'permutation', kind }, 'permutation');

export const layerCases: readonly LayerCase[] = [
  layerCase(2, { type: 'coupling', hidden: [5, 4], activation: 'relu' }),
  layerCase(6, { type: 'coupling', hidden: [5, 4], activation: 'tanh' }),
  layerCase(1, { type: 'coupling', transform: 'affine' }),
  layerCase(3, { type: 'coupling', transform: 'additive', hidden: [5], activation: 'silu' }),
  layerCase(5, { type: 'coupling', transform: 'affine', network: 'residual', hidden: [4, 4], activation: 'tanh' }),
  layerCase(4, { type: 'coupling', transform: 'spline', hidden: [5], activation: 'tanh', bins: 4, bound: 3 }),
  layerCase(1, { type: 'coupling', transform: 'spline', bins: 5 }),
  layerCase(3, { type: 'autoregressive', transform: 'affine', hidden: [6, 6], activation: 'tanh' }),
  layerCase(4, {
    type: 'autoregressive',
    transform: 'spline',
    network: 'residual',
    hidden: [5],
    activation: 'tanh',
    bins: 3,
  }),
  layerCase(1, { type: 'autoregressive', transform: 'affine', hidden: [3] }),
  layerCase(3, { type: 'autoregressive', hidden: [4], activation: 'tanh', inverse: true }),
  layerCase(3, { type: 'coupling', transform: 'spline', hidden: [4], activation: 'tanh', bins: 3, inverse: true }),
  layerCase(1, { type: 'planar' }),
  layerCase(3, { type: 'planar' }),
  layerCase(3, { type: 'planar', inverse: true }),
  layerCase(1, { type: 'radial' }),
  layerCase(3, { type: 'radial' }),
  layerCase(3, { type: 'radial', inverse: true }),
  layerCase(1, { type: 'sylvester' }),
  layerCase(3, { type: 'sylvester' }),
  layerCase(5, { type: 'sylvester', rank: 2 }),
  layerCase(3, { type: 'sylvester', rank: 2, inverse: true }),
  layerCase(3, { type: 'scale' }),
  layerCase(3, { type: 'affine' }),
  layerCase(3, { type: 'actnorm' }),
  layerCase(1, { type: 'lu' }),
  layerCase(5, { type: 'lu' }),
  layerCase(4, { type: 'lu', inverse: true }),
  layerCase(2, { type: 'householder', reflections: 2 }),
  layerCase(5, { type: 'householder', reflections: 6 }),
  permutation(5, 'alternate'),
  permutation(2, 'reverse'),
  permutation(5, 'reverse'),
  permutation(5, 'random'),
  permutation(4, 'swap'),
  permutation(5, 'swap'),
];
