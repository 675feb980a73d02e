import type { LegendEntry } from '../../../src/figures/figure.ts';
import type { Race, Runner } from '../api/race.ts';
import { nats } from '../parts/format.ts';
import { Plot } from './plot.tsx';

interface Point {
  readonly name: string;
  readonly round: number;
  readonly value: number;
}

const rowHeight = 40;
const legend: readonly LegendEntry[] = [
  { name: 'in the model, or still in the race', colour: 'var(--series-1)', mark: 'dot' },
  { name: 'dropped', colour: 'var(--series-3)', mark: 'dot' },
];

/** How far each candidate has come by the end of each round that it took part in: the further right the better. */
export function RaceChart({ race: { runners, rounds } }: { race: Race }) {
  const isLeft = ({ droppedAfter, weight }: Runner) => droppedAfter === undefined && weight !== 0;
  const colour = (runner: Runner) => (isLeft(runner) ? 'var(--series-1)' : 'var(--series-3)');
  const leader = runners.find(({ results }) => results.length === rounds.length && results.at(-1)?.place === 1);
  const values = runners.flatMap(pointsOf).map(({ value }) => value);
  const middle = (Math.min(...values) + Math.max(...values)) / 2;
  const best = leader?.results.at(-1)?.validationLogProb;
  const label = `Log-likelihood of the validation rows for ${runners.length} flows by round${leader ? `; ${leader.name} leads with ${nats(best)} nats` : ''}`;
  return (
    <>
      <Plot
        name="race of the flows"
        label={label}
        legend={legend}
        height={rowHeight * runners.length + 48}
        options={({ lineX, dot, text }) => ({
          marginLeft: 8,
          marginRight: 16,
          r: { type: 'identity' },
          x: { label: 'validation rows, nats per row', grid: true, ticks: 5, inset: 12 },
          y: { axis: null, type: 'point', domain: runners.map(({ name }) => name), padding: 0.7 },
          marks: [
            ...runners.flatMap((runner) => {
              const points = pointsOf(runner);
              const at = { x: 'value', y: 'name' };
              const last = points.slice(-1);
              // Towards the middle, where there is room.
              const isLow = last.some(({ value }) => value < middle);
              return [
                lineX(points, { ...at, stroke: colour(runner), strokeWidth: 2, strokeOpacity: 0.5 }),
                text(last, {
                  ...{ ...at, text: 'name', dy: -14, fontSize: 12, dx: isLow ? -4 : 4 },
                  textAnchor: isLow ? 'start' : 'end',
                  fill: isLeft(runner) ? 'var(--ink)' : 'var(--ink-soft)',
                }),
                dot(points, {
                  ...{ ...at, fill: colour(runner), stroke: 'var(--card)', strokeWidth: 1.5 },
                  r: ({ round }: Point) => 4 + (3 * round) / rounds.length,
                }),
              ];
            }),
          ],
        })}
      />
      <p class="muted race-note">A dot for each round, the last the largest.</p>
    </>
  );
}

const pointsOf = ({ name, results }: Runner): Point[] =>
  results.flatMap(({ validationLogProb: value }, index) => (value === null ? [] : [{ name, round: index + 1, value }]));
