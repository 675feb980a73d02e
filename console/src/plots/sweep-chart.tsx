import type { LegendEntry } from '../../../src/figures/figure.ts';
import type { Standing, Sweep, Trial } from '../api/types.ts';
import { nats, plural } from '../parts/format.ts';
import { Plot } from './plot.tsx';

const rowHeight = 44;
const ready = 'var(--series-1)';
const underWay = 'var(--series-2)';
const mean = 'var(--ink)';

type Mean = NonNullable<Standing['validationLogProb']>;

/** Where the models of each flow are, a dot for each seed, and the mean with its standard error: the further right the better. */
export function SweepChart({ sweep: { leaderboard, trials } }: { sweep: Sweep }) {
  const shown = leaderboard.filter(({ validationLogProb }) => validationLogProb !== null);
  const dots = trials.filter(({ validationLogProb, status }) => validationLogProb !== null && !isOut(status));
  const live = dots.filter(({ status }) => status === 'training');
  const means = shown.flatMap(({ flow, validationLogProb }) =>
    validationLogProb ? [spread(flow, validationLogProb)] : [],
  );
  const hasSpread = means.some(({ low, high }) => high > low);
  const values = dots.map(({ validationLogProb }) => validationLogProb ?? 0);
  const middle = (Math.min(...values) + Math.max(...values)) / 2;
  const [first] = shown;
  const lead = first ? `; ${first.flow} leads with ${nats(first.validationLogProb?.mean)} nats` : '';
  const legend: readonly LegendEntry[] = [
    { name: 'a seed', colour: ready, mark: 'dot' },
    ...(live.length > 0 ? [{ name: 'in training, so far', colour: underWay, mark: 'dot' as const }] : []),
    { name: hasSpread ? 'mean and standard error' : 'mean', colour: mean, mark: 'line' },
  ];
  return (
    <Plot
      name="leaderboard"
      label={`Log-likelihood of the validation rows for ${plural(shown.length, 'flow')}, by seed${lead}`}
      legend={legend}
      height={rowHeight * shown.length + 62}
      options={({ dot, ruleY, tickX, text }) => ({
        marginLeft: 8,
        marginRight: 16,
        marginBottom: 40,
        x: { label: 'validation rows, nats per row', grid: true, ticks: 5, inset: 14 },
        y: { axis: null, type: 'band', domain: shown.map(({ flow }) => flow) },
        marks: [
          dot(dots, {
            ...{ x: 'validationLogProb', y: 'flow', r: 4.5, fillOpacity: 0.75, stroke: 'var(--card)' },
            fill: ({ status }: Trial) => (status === 'ready' ? ready : underWay),
          }),
          ruleY(means, { x1: 'low', x2: 'high', y: 'flow', stroke: mean, strokeWidth: 2 }),
          tickX(means, { x: 'mean', y: 'flow', stroke: mean, strokeWidth: 2, inset: rowHeight / 2 - 8 }),
          // Towards the middle, where there is room.
          ...[true, false].map((isLow) =>
            text(
              means.filter((at) => at.mean < middle === isLow),
              {
                ...{ x: 'mean', y: 'flow', text: 'flow', dy: -15, fontSize: 12, fill: 'var(--ink)' },
                textAnchor: isLow ? ('start' as const) : ('end' as const),
                dx: isLow ? -4 : 4,
              },
            ),
          ),
        ],
      })}
    />
  );
}

const isOut = (status: Trial['status']) => status === 'failed' || status === 'cancelled';

const spread = (flow: string, { mean: at, standardError }: Mean) => ({
  ...{ flow, mean: at, low: at - (standardError ?? 0), high: at + (standardError ?? 0) },
});
