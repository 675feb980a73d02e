/** For each type of layer, the specs over which the laws of bijectors run: small, so that every parameter can be moved. */
export interface LayerCase {
  readonly name: string;
  readonly columns: number;
  readonly context: number;
  readonly layer: { readonly type: string; readonly [key: string]: unknown };
  /** What the layer does before it is trained. */
  readonly startsAs: 'identity' | 'permutation' | 'something else';
  /** Parameters without effect, such as the weights that the masks of an autoregressive network leave out. */
  readonly idle: number;
  /** Takes any number to one that a column may hold: of the data, or of the base if the layer is inverted. */
  inside(value: number, column: number): number;
}

function layerCase(
  columns: number,
  layer: LayerCase['layer'],
  { context = 0, startsAs = 'identity', idle = 0, inside = (value: number) => value }: Partial<LayerCase> = {},
): LayerCase {
  const name = `${Object.values(layer).map(shown).join(' ')}, ${columns} columns${context > 0 ? ' with context' : ''}`;
  return { name, columns, context, layer, startsAs, idle, inside };
}

const shown = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

const permutation = (columns: number, kind: string) =>
  layerCase(columns, { type: 'permutation', kind }, { startsAs: 'permutation' });

/** A layer whose parameters a small network makes of two context columns. */
const conditional = (columns: number, layer: LayerCase['layer'], more: Partial<LayerCase> = {}) =>
  layerCase(columns, { ...layer, hidden: [3], activation: 'tanh' }, { context: 2, ...more });

const bounded = {
  type: 'bounded',
  columns: [
    { column: 0, lower: 0, upper: 1 },
    { column: 1, lower: -2 },
    { column: 3, upper: 5 },
  ],
};
const insideBounds = (value: number, column: number) =>
  [1 / (1 + Math.exp(-value)), Math.exp(value) - 2, value, 5 - Math.exp(value)][column];

export const layerCases: readonly LayerCase[] = [
  layerCase(2, { type: 'coupling', hidden: [5, 4], activation: 'relu' }),
  layerCase(6, { type: 'coupling', hidden: [5, 4], activation: 'tanh' }),
  layerCase(1, { type: 'coupling', transform: 'affine' }),
  layerCase(3, { type: 'coupling', transform: 'additive', hidden: [5], activation: 'silu' }),
  layerCase(5, { type: 'coupling', transform: 'affine', network: 'residual', hidden: [4, 4], activation: 'tanh' }),
  layerCase(4, { type: 'coupling', transform: 'spline', hidden: [5], activation: 'tanh', bins: 4, bound: 3 }),
  layerCase(1, { type: 'coupling', transform: 'spline', bins: 5 }),
  layerCase(3, { type: 'autoregressive', transform: 'affine', hidden: [6, 6], activation: 'tanh' }, { idle: 36 }),
  layerCase(
    4,
    {
      type: 'autoregressive',
      transform: 'spline',
      network: 'residual',
      hidden: [5],
      activation: 'tanh',
      bins: 3,
    },
    { idle: 99 },
  ),
  layerCase(1, { type: 'autoregressive', transform: 'affine', hidden: [3] }, { idle: 3 }),
  layerCase(3, { type: 'autoregressive', hidden: [4], activation: 'tanh', inverse: true }, { idle: 18 }),
  layerCase(3, { type: 'coupling', transform: 'spline', hidden: [4], activation: 'tanh', bins: 3, inverse: true }),
  layerCase(1, { type: 'planar' }),
  layerCase(3, { type: 'planar' }),
  layerCase(3, { type: 'planar', inverse: true }),
  layerCase(1, { type: 'radial' }),
  layerCase(3, { type: 'radial' }),
  layerCase(3, { type: 'radial', inverse: true }),
  // Of a basis in one dimension there is but one.
  layerCase(1, { type: 'sylvester' }, { idle: 1 }),
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
  layerCase(4, bounded, { startsAs: 'something else', inside: insideBounds }),
  layerCase(4, { ...bounded, inverse: true }, { startsAs: 'something else', inside: insideBounds }),
  conditional(3, { type: 'coupling' }),
  conditional(1, { type: 'coupling', transform: 'spline', bins: 3 }),
  conditional(2, { type: 'autoregressive', inverse: true }, { idle: 7 }),
  conditional(3, { type: 'planar' }),
  conditional(2, { type: 'planar', inverse: true }),
  conditional(2, { type: 'radial' }),
  conditional(3, { type: 'sylvester', rank: 2 }),
  conditional(3, { type: 'sylvester', rank: 3, inverse: true }),
  conditional(2, { type: 'scale' }),
  conditional(2, { type: 'affine' }),
  conditional(2, { type: 'actnorm' }),
];
