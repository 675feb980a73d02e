import { heavyTailed, mixed, type Preset, presets, repeated, residual, small, type TableSize } from './presets.ts';

/** A flow that competes for `auto`, or is mixed into `anomaly`. */
export type Candidate = Omit<Preset, 'summary' | 'mixesColumns'>;

/**
 * What competes for `auto`: the presets that were best on some table, two of them also with their first layer along the columns
 * themselves, where tables have their sharpest edges, and what stays simple where rows are too few for anything else.
 */
export const candidates: ReadonlyMap<string, Candidate> = new Map<string, Candidate>([
  ...['spline-autoregressive', 'spline'].map((name) => [name, preset(name)] as const),
  [
    'spline-autoregressive-axes',
    {
      spec: (table) => ({
        base: heavyTailed,
        layers: [
          repeated(
            small(table) ? 3 : 5,
            { type: 'autoregressive', transform: 'spline', ...residual(table) },
            { type: 'permutation', kind: 'reverse' },
            { type: 'lu' },
          ),
        ],
      }),
    },
  ],
  [
    'spline-axes',
    {
      spec: (table) => ({
        base: heavyTailed,
        layers: [
          repeated(small(table) ? 4 : 8, { type: 'coupling', transform: 'spline', ...residual(table) }, mixed(table), {
            type: 'lu',
          }),
        ],
      }),
    },
  ],
  ['sylvester', preset('sylvester')],
  ['linear', { spec: () => ({ base: heavyTailed, layers: [{ type: 'lu' }] }) }],
]);

/**
 * What competes for `auto` where rows may lack columns, so that no layer may mix them: of small tables with categories, those with
 * a normal base were often the best.
 */
export const candidatesWithGaps: ReadonlyMap<string, Candidate> = new Map<string, Candidate>([
  ...['spline-autoregressive', 'spline', 'maf', 'real-nvp'].map((name) => [name, preset(name)] as const),
  ['linear', { spec: () => ({ base: heavyTailed, layers: [{ type: 'affine' }] }) }],
]);

/** The flows whose even mixture finds anomalies, for `anomaly`: those that are best on most tables, and of many rows the faster. */
export function anomalyMembers(table: TableSize): ReadonlyMap<string, Candidate> {
  const names = small(table) ? ['spline', 'spline-autoregressive'] : ['spline'];
  return new Map(names.map((name) => [name, preset(name)]));
}

function preset(name: string): Preset {
  const found = presets.get(name);
  if (!found) throw new RangeError(`There is no preset "${name}"`);
  return found;
}
