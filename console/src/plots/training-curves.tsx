import type { Progress } from '../api/events.ts';
import type { Floor } from '../api/metrics.ts';
import { nats } from '../parts/format.ts';
import { Plot } from './plot.tsx';

interface TrainingCurvesProps {
  readonly progress: readonly Progress[];
  /** What a simple density reaches on the validation rows, where it is known. */
  readonly floor?: Floor | undefined;
}

interface Point {
  readonly step: number;
  readonly value: number;
  readonly rows: 'training' | 'validation';
}

/** Mean log-likelihood of training and validation rows by step: the higher the better. */
export function TrainingCurves({ progress, floor }: TrainingCurvesProps) {
  const points = progress.flatMap(({ step, trainLogProb, validationLogProb }): Point[] => [
    ...(trainLogProb === null ? [] : [{ step, value: trainLogProb, rows: 'training' as const }]),
    ...(validationLogProb === null ? [] : [{ step, value: validationLogProb, rows: 'validation' as const }]),
  ]);
  const latest = points.findLast(({ rows }) => rows === 'validation');
  const label = `Log-likelihood by training step${latest ? `; validation rows: ${nats(latest.value)} nats at step ${latest.step}` : ''}${floor ? `; ${floor.name} reaches ${nats(floor.logProb)}` : ''}`;
  return (
    <figure class="plot-figure">
      <ul class="legend">
        <li class="legend-training">training rows</li>
        <li class="legend-validation">validation rows</li>
        {floor && <li class="legend-floor">{floor.name}, validation rows</li>}
      </ul>
      <Plot
        label={label}
        height={280}
        options={({ lineY, ruleY }) => ({
          marginLeft: 52,
          x: { label: 'step', grid: false, ticks: 6, tickFormat: 's' },
          y: { label: 'nats per row', grid: true, ticks: 6, domain: domainOf(points, floor?.logProb) },
          marks: [
            ...(floor === undefined
              ? []
              : [ruleY([floor.logProb], { stroke: 'var(--series-3)', strokeDasharray: '4 3' })]),
            lineY(
              points.filter(({ rows }) => rows === 'training'),
              { x: 'step', y: 'value', stroke: 'var(--series-2)', strokeWidth: 1.5, clip: true },
            ),
            lineY(
              points.filter(({ rows }) => rows === 'validation'),
              { x: 'step', y: 'value', stroke: 'var(--series-1)', strokeWidth: 2, clip: true },
            ),
          ],
        })}
      />
    </figure>
  );
}

/** Of what comes after the first twentieth of the steps: how low those lie would flatten all the rest. */
function domainOf(points: readonly Point[], floor: number | undefined): [number, number] | undefined {
  const from = 0.05 * (points.at(-1)?.step ?? 0);
  const values = points.filter(({ step }) => step >= from).map(({ value }) => value);
  if (values.length < 2) return undefined;
  const low = Math.min(...values, floor ?? Infinity);
  const high = Math.max(...values, floor ?? -Infinity);
  const margin = 0.06 * (high - low) || 1;
  return [low - margin, high + margin];
}
