/** The table that a preset is sized for. */
export interface TableSize {
  readonly columns: number;
  readonly rows: number;
}

/** A flow that users ask for by name. */
export interface Preset {
  readonly summary: string;
  /** The spec for a table, as a user could have written it. */
  spec(table: TableSize): unknown;
}

export const defaultPreset = 'real-nvp';

/** Wide conditioners learn a small table by heart before they learn its density. */
const hiddenWidth = ({ columns, rows }: TableSize) => (rows < 5000 ? 32 : columns > 16 ? 128 : 64);

export const presets: ReadonlyMap<string, Preset> = new Map<string, Preset>([
  [
    'real-nvp',
    {
      summary: 'Affine coupling layers with a permutation of the columns after each (Dinh et al. 2017).',
      spec: (table) => {
        const width = hiddenWidth(table);
        const layers = [
          { type: 'coupling', transform: 'affine', hidden: [width, width], activation: 'tanh' },
          { type: 'permutation', kind: table.columns > 2 ? 'random' : 'swap' },
        ];
        return { layers: [{ repeat: 8, layers }] };
      },
    },
  ],
]);
