/** For each type of layer, the specs over which the laws of bijectors run: small, so that every parameter can be moved. */
export interface LayerCase {
  readonly name: string;
  readonly columns: number;
  readonly layer: { readonly type: string; readonly [key: string]: unknown };
  /** What the layer does before it is trained. */
  readonly startsAs: 'identity' | 'permutation';
}

const coupling = (columns: number, activation: string): LayerCase => ({
  name: `affine coupling, ${activation}, ${columns} columns`,
  columns,
  layer: { type: 'coupling', transform: 'affine', hidden: [5, 4], activation },
  startsAs: 'identity',
});

const permutation = (columns: number, kind: string): LayerCase => ({
  name: `permutation, ${kind}, ${columns} columns`,
  columns,
  layer: { type: 'permutation', kind },
  startsAs: 'permutation',
});

export const layerCases: readonly LayerCase[] = [
  coupling(2, 'relu'),
  coupling(3, 'tanh'),
  coupling(6, 'tanh'),
  permutation(2, 'reverse'),
  permutation(5, 'reverse'),
  permutation(5, 'random'),
  permutation(4, 'swap'),
  permutation(5, 'swap'),
];
