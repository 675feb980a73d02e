import { holm } from '../statistics/holm.ts';
import { kolmogorovQuantile } from '../statistics/kolmogorov.ts';
import type { Figure } from './figure.ts';
import { number, probability } from './format.ts';
import type { Calibration, ColumnCalibration } from './metrics.ts';

/** A column with what it is judged by, the worst first. */
export interface JudgedColumn extends ColumnCalibration {
  /** After Holm's adjustment for the number of columns. */
  readonly adjusted: number;
}

export function judgedColumns({ columns }: Pick<Calibration, 'columns'>): JudgedColumn[] {
  const adjusted = holm(columns.map(({ pValue }) => pValue));
  return columns.map((column, index) => ({ ...column, adjusted: adjusted[index] })).sort((a, b) => a.pValue - b.pValue);
}

const bandChance = 0.05;

interface Point {
  readonly u: number;
  readonly difference: number;
}

/** Where the distribution function of the transforms lies above that of the uniform distribution, and where below. */
export function differences(histogram: readonly number[]): Point[] {
  const rows = histogram.reduce((sum, count) => sum + count, 0) || 1;
  let below = 0;
  return [0, ...histogram].map((count, index) => {
    below += count;
    const u = index / histogram.length;
    return { u, difference: below / rows - u };
  });
}

/**
 * Whether a column is right: the share of test rows at or below each quantile of the model, minus what it should be. That of a
 * right model stays within the band in 95 of 100 cases, as a whole (Kolmogorov and Smirnov).
 */
export function calibrationPlot(
  { column, histogram, statistic, pValue }: ColumnCalibration,
  effectiveRows: number | undefined,
): Figure {
  const points = differences(histogram);
  const band = effectiveRows === undefined ? undefined : kolmogorovQuantile(bandChance, effectiveRows);
  const most = Math.max(1.15 * (band ?? 0), ...points.map(({ difference }) => 1.1 * Math.abs(difference)), 0.01);
  const isOff = band !== undefined && points.some(({ difference }) => Math.abs(difference) > band);
  return {
    label: `Calibration of ${column}: ${band === undefined ? '' : `the line ${isOff ? 'leaves' : 'stays within'} the 95 % band; `}largest distance ${number(statistic)}, p-value ${probability(pValue)}`,
    height: 150,
    options: ({ areaY, lineY, ruleY }) => ({
      marginLeft: 44,
      marginTop: 10,
      marginRight: 18,
      marginBottom: 28,
      x: { label: null, domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: '.0%' },
      y: { label: null, domain: [-most, most], ticks: 4, tickFormat: '+.0%', grid: true },
      marks: [
        ...(band === undefined
          ? []
          : [
              areaY([0, 1], {
                x: (u: number) => u,
                y1: -band,
                y2: band,
                fill: 'var(--series-3)',
                fillOpacity: 0.16,
              }),
            ]),
        ruleY([0], { stroke: 'var(--series-3)' }),
        lineY(points, {
          x: 'u',
          y: 'difference',
          stroke: isOff ? 'var(--series-2)' : 'var(--series-1)',
          strokeWidth: 2,
        }),
      ],
    }),
  };
}
