/** The table that a preset is sized for. */
export interface TableSize {
  readonly columns: number;
  readonly rows: number;
  /** Whether rows may lack some columns: then no layer may mix columns. */
  readonly missing?: boolean;
}

/** A flow that users ask for by name. */
export interface Preset {
  readonly summary: string;
  /** It has no meaning without layers that mix columns. */
  readonly mixesColumns?: true;
  /** The spec for a table, as a user could have written it. */
  spec(table: TableSize): unknown;
}

/** Small tables: wide and deep networks learn their rows by heart before they learn their density. */
export const small = ({ rows }: TableSize) => rows < 5000;
const width = (table: TableSize) => (table.rows < 1000 ? 16 : small(table) ? 32 : table.columns > 16 ? 128 : 64);

/** A multilayer perceptron, smooth where rows are few, fast where they are many. */
const perceptron = (table: TableSize) => ({
  hidden: [width(table), width(table)],
  activation: small(table) ? 'tanh' : 'relu',
  dropout: table.rows < 1000 ? 0.1 : 0,
});

/** The networks of discrete variables. */
export const categoricalNetwork = (table: TableSize) => ({ ...perceptron(table), hidden: [width(table)] });

export const residual = (table: TableSize) => ({ network: 'residual', ...perceptron(table) });

/** Its tails are as heavy as the rows ask for: those of a normal base would be thinner than most tables'. */
export const heavyTailed = { type: 'student-t' };

export const repeated = (repeat: number, ...layers: object[]) => ({ repeat, layers });
/** Of two or three columns, a random order is too often one that keeps the halves as they were. */
export const mixed = ({ columns }: TableSize) => ({ type: 'permutation', kind: columns < 4 ? 'swap' : 'random' });

/** What mixes the columns before a layer, or where that cannot be, what only exchanges them. */
const linear = (table: TableSize) => (table.missing ? mixed(table) : { type: 'lu' });
const mixing = (table: TableSize) => (table.missing ? [mixed(table)] : [{ type: 'lu' }, mixed(table)]);

export const presets: ReadonlyMap<string, Preset> = new Map<string, Preset>([
  [
    'nice',
    {
      summary: 'Additive couplings, then a scaling of each column (Dinh et al. 2015).',
      spec: (table) => ({
        layers: [
          { type: 'scale' },
          repeated(8, { type: 'coupling', transform: 'additive', ...perceptron(table) }, mixed(table)),
        ],
      }),
    },
  ],
  [
    'real-nvp',
    {
      summary: 'Affine couplings with a permutation of the columns after each (Dinh et al. 2017).',
      spec: (table) => ({ layers: [repeated(8, { type: 'coupling', ...perceptron(table) }, mixed(table))] }),
    },
  ],
  [
    'glow',
    {
      summary:
        'Affine couplings with an element-wise affine and an LU linear layer before each (Kingma and Dhariwal 2018).',
      spec: (table) => ({
        layers: [repeated(8, { type: 'actnorm' }, linear(table), { type: 'coupling', ...perceptron(table) })],
      }),
    },
  ],
  [
    'planar',
    {
      mixesColumns: true,
      summary: 'Planar layers, each of which pulls space apart across one hyperplane (Rezende and Mohamed 2015).',
      spec: () => ({ layers: [repeated(32, { type: 'planar' })] }),
    },
  ],
  [
    'sylvester',
    {
      mixesColumns: true,
      summary: 'Sylvester layers, each like several planar ones at once (van den Berg et al. 2018).',
      spec: ({ columns }) => ({
        base: heavyTailed,
        layers: [{ type: 'lu' }, repeated(16, { type: 'sylvester', rank: Math.min(columns, 8) })],
      }),
    },
  ],
  [
    'maf',
    {
      summary: 'Masked autoregressive layers, fast to score (Papamakarios et al. 2017).',
      spec: (table) => ({
        layers: [
          repeated(5, { type: 'autoregressive', ...perceptron(table) }, { type: 'permutation', kind: 'reverse' }),
        ],
      }),
    },
  ],
  [
    'iaf',
    {
      summary: 'Inverse autoregressive layers, fast to sample and slow to train (Kingma et al. 2016).',
      spec: (table) => ({
        layers: [
          repeated(
            3,
            { type: 'autoregressive', inverse: true, ...perceptron(table) },
            { type: 'permutation', kind: 'reverse' },
          ),
        ],
      }),
    },
  ],
  [
    'spline',
    {
      summary:
        'Rational-quadratic spline couplings with LU linear layers: the most accurate that is fast both ways (Durkan et al. 2019).',
      spec: (table) => ({
        base: heavyTailed,
        layers: [
          repeated(small(table) ? 4 : 8, ...mixing(table), {
            type: 'coupling',
            transform: 'spline',
            ...residual(table),
          }),
        ],
      }),
    },
  ],
  [
    'spline-autoregressive',
    {
      summary: 'Rational-quadratic spline autoregressive layers: accurate, and slow to sample (Durkan et al. 2019).',
      spec: (table) => ({
        base: heavyTailed,
        layers: [
          repeated(small(table) ? 3 : 5, ...mixing(table), {
            type: 'autoregressive',
            transform: 'spline',
            ...residual(table),
          }),
        ],
      }),
    },
  ],
]);

/** The flow of whoever asks for none, or for this: the best of the candidates. */
export const auto = 'auto';

/** The name that stands for a mixture of flows, trained to find anomalies. */
export const anomaly = 'anomaly';
