/** A flow that users ask for by name. */
export interface Preset {
  readonly summary: string;
  /** The spec for a number of columns, as a user could have written it. */
  spec(columns: number): unknown;
}

export const defaultPreset = 'real-nvp';

export const presets: ReadonlyMap<string, Preset> = new Map([
  [
    'real-nvp',
    {
      summary: 'Affine coupling layers with the halves exchanged in between (Dinh et al. 2017).',
      spec: (columns) => ({
        layers: [
          {
            repeat: 8,
            layers: [
              { type: 'coupling', transform: 'affine', hidden: columns > 16 ? [128, 128] : [64, 64] },
              { type: 'permutation', kind: columns > 2 ? 'random' : 'swap' },
            ],
          },
        ],
      }),
    },
  ],
]);
