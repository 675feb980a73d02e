import type { Figure } from './figure.ts';
import { type ValidationFloors, validationFloorOf } from './floor.ts';
import { nats } from './format.ts';

/** How far a training was at one moment. Log-likelihoods are means in nats per row. */
export interface ProgressPoint extends ValidationFloors {
  readonly step: number;
  readonly trainLogProb: number | null;
  readonly validationLogProb: number | null;
}

interface Point {
  readonly step: number;
  readonly value: number;
}

/** Mean log-likelihood of training and validation rows by step, and the floor to clear: the higher the better. */
export function trainingCurves(progress: readonly ProgressPoint[]): Figure {
  const floor = validationFloorOf(progress.at(-1));
  const pointsOf = (read: (at: ProgressPoint) => number | null) =>
    progress.flatMap((at): Point[] => {
      const value = read(at);
      return value === null ? [] : [{ step: at.step, value }];
    });
  const training = pointsOf(({ trainLogProb }) => trainLogProb);
  const validation = pointsOf(({ validationLogProb }) => validationLogProb);
  const latest = validation.at(-1);
  return {
    label: `Log-likelihood by training step${latest ? `; validation rows: ${nats(latest.value)} nats at step ${latest.step}` : ''}${floor ? `; ${floor.name} reaches ${nats(floor.logProb)}` : ''}`,
    height: 280,
    legend: [
      { name: 'training rows', colour: 'var(--series-2)', mark: 'line' },
      { name: 'validation rows', colour: 'var(--series-1)', mark: 'line' },
      ...(floor
        ? [{ name: `${floor.name}, validation rows`, colour: 'var(--series-3)', mark: 'dashed' } as const]
        : []),
    ],
    options: ({ lineY, ruleY }) => ({
      marginLeft: 52,
      x: { label: 'step', grid: false, ticks: 6, tickFormat: 's' },
      y: {
        label: 'nats per row',
        grid: true,
        ticks: 6,
        domain: domainOf([...training, ...validation], floor?.logProb),
      },
      marks: [
        ...(floor ? [ruleY([floor.logProb], { stroke: 'var(--series-3)', strokeDasharray: '4 3' })] : []),
        lineY(training, { x: 'step', y: 'value', stroke: 'var(--series-2)', strokeWidth: 1.5, clip: true }),
        lineY(validation, { x: 'step', y: 'value', stroke: 'var(--series-1)', strokeWidth: 2, clip: true }),
      ],
    }),
  };
}

/** Of what comes after the first twentieth of the steps: how low those lie would flatten all the rest. */
function domainOf(points: readonly Point[], floor: number | undefined): [number, number] | undefined {
  const from = 0.05 * points.reduce((last, { step }) => Math.max(last, step), 0);
  const values = points.filter(({ step }) => step >= from).map(({ value }) => value);
  if (values.length < 2) return undefined;
  const low = Math.min(...values, floor ?? Infinity);
  const high = Math.max(...values, floor ?? -Infinity);
  const margin = 0.06 * (high - low) || 1;
  return [low - margin, high + margin];
}
