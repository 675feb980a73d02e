import type { LegendEntry } from '../../../src/figures/figure.ts';
import { count, number } from '../parts/format.ts';
import { Plot } from './plot.tsx';

interface PValueHistogramProps {
  readonly bins: readonly {
    readonly from: number;
    readonly to: number;
    readonly count: number;
    readonly expected: number;
  }[];
  /** The largest p-value of an anomaly; 0 where there is none. */
  readonly cutoff: number;
  /** Whether how many there would be of usual rows is known. */
  readonly hasExpected: boolean;
}

const rows: LegendEntry = { name: 'rows of the table', colour: 'var(--series-1)', mark: 'area' };
const expected: LegendEntry = { name: 'as many usual rows', colour: 'var(--ink)', mark: 'line' };
const line: LegendEntry = { name: 'the line', colour: 'var(--bad)', mark: 'line' };

/** How many rows have which p-value, on a logarithmic scale, over how many there would be of usual rows. */
export function PValueHistogram({ bins, cutoff, hasExpected }: PValueHistogramProps) {
  const below = bins.filter(({ to }) => to <= cutoff * (1 + 1e-9));
  const sum = (of: 'count' | 'expected') => below.reduce((total, bin) => total + bin[of], 0);
  const label =
    `Histogram of p-values on a logarithmic scale, with a line at ${number(cutoff)}` +
    (below.length > 0
      ? `; in the bins below it ${count(sum('count'))} rows${hasExpected ? `, of usual rows ${number(sum('expected'))}` : ''}`
      : '');
  return (
    <Plot
      name="p-values"
      label={label}
      legend={hasExpected ? [rows, expected, line] : [rows, line]}
      height={220}
      options={({ rectY, ruleX, ruleY, link }) => ({
        marginLeft: 52,
        x: { type: 'log', label: 'p-value', grid: false, ticks: 5, tickFormat: (value: number) => String(value) },
        y: { label: 'rows', grid: true, ticks: 5 },
        marks: [
          rectY(bins, {
            x1: 'from',
            x2: 'to',
            y: 'count',
            insetLeft: 0.5,
            insetRight: 0.5,
            fill: ({ to }: { to: number }) => (to <= cutoff * (1 + 1e-9) ? 'var(--series-2)' : 'var(--series-1)'),
            fillOpacity: 0.85,
          }),
          link(hasExpected ? bins : [], {
            x1: 'from',
            x2: 'to',
            y1: 'expected',
            y2: 'expected',
            stroke: 'var(--ink)',
            strokeWidth: 1.5,
          }),
          ...(cutoff > 0 && cutoff >= (bins[0]?.from ?? 1)
            ? [ruleX([cutoff], { stroke: 'var(--bad)', strokeWidth: 1.5 })]
            : []),
          ruleY([0]),
        ],
      })}
    />
  );
}
