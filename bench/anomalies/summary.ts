import { alpha } from './pushforward.ts';
import type { Result } from './results.ts';

/** The area under the ROC curve of each detector on each table, with its standard error over seeds, and the means over tables. */
export function printRoc(results: readonly Result[]): void {
  const detectors = [...new Set(results.map(({ detector }) => detector))];
  const tables = [...Map.groupBy(results, ({ table }) => table)];
  const areas = (of: readonly Result[], detector: string) =>
    of.filter((result) => result.detector === detector).map(({ auroc }) => auroc);
  const rows = tables.map(([table, of]) => ({
    table,
    seeds: new Set(of.map(({ seed }) => seed)).size,
    ...Object.fromEntries(detectors.map((detector) => [detector, withError(areas(of, detector))])),
  }));
  const means = detectors.map(
    (detector) => [detector, mean(tables.map(([, of]) => mean(areas(of, detector))))] as const,
  );
  console.log('\nArea under the ROC curve in percent, mean +- standard error over seeds');
  console.table(rows);
  console.log('Mean over tables:', means.map(([detector, area]) => `${detector} ${area.toFixed(2)}`).join(', '));
  const peers = detectors.filter((detector) => !detector.startsWith('pushforward'));
  if (peers.length === 0) return;
  const best = mean(tables.map(([, of]) => Math.max(...peers.map((peer) => mean(areas(of, peer))))));
  console.log(`Mean over tables of each one's best of ${peers.join(', ')}: ${best.toFixed(2)}`);
}

/**
 * The part of ordinary rows whose p-value is at most alpha, over all seeds, beside what is expected of so many calibration
 * rows, k / (n + 1), and its standard error: with n rows to calibrate and m to judge, p (1 - p) (1 / m + 1 / (n + 2)) is the
 * variance of one seed's, were the seeds independent.
 */
export function printFalseAlarms(results: readonly Result[]): void {
  const rows = [...Map.groupBy(results, ({ table }) => table)].map(([table, of]) => {
    const counted = of.map(
      ({ falseAlarms = 0, found = 0, ordinaryRows = 0, anomalousRows = 0, calibrationRows = 0 }) => {
        const expected = Math.floor(alpha * (calibrationRows + 1) + 1e-9) / (calibrationRows + 1);
        const variance = expected * (1 - expected) * (1 / ordinaryRows + 1 / (calibrationRows + 2));
        return { rate: falseAlarms / ordinaryRows, found: found / anomalousRows, expected, variance, calibrationRows };
      },
    );
    const error = Math.sqrt(mean(counted.map(({ variance }) => variance)) / counted.length);
    const rate = mean(counted.map((seed) => seed.rate));
    const expected = mean(counted.map((seed) => seed.expected));
    return {
      table,
      'calibration rows': counted[0].calibrationRows,
      'false alarms': percent(rate),
      expected: percent(expected),
      '+-': percent(error),
      'deviations from it': error > 0 ? Number(((rate - expected) / error).toFixed(1)) : 0,
      'anomalies found': percent(mean(counted.map(({ found }) => found))),
    };
  });
  console.log(`\nRows with a p-value of at most ${alpha}`);
  console.table(rows);
}

const percent = (part: number) => `${(100 * part).toFixed(2)} %`;
const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;

function withError(values: readonly number[]): string {
  const centre = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)) / (values.length - 1));
  return values.length > 1 ? `${centre.toFixed(2)} +- ${deviation.toFixed(2)}` : centre.toFixed(2);
}
