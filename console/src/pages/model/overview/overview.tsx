import { measuresOf } from '../../../../../src/figures/metrics.ts';
import { verdictsOf } from '../../../../../src/figures/verdicts.ts';
import { Section } from '../../../parts/page.tsx';
import type { ModelSectionProps } from '../sections.ts';
import { CalibrationPlots } from './calibration-plots.tsx';
import { Measures } from './measures.tsx';
import { Verdicts } from './verdicts.tsx';
import '../../../styles/overview.css';

/** How good a model is, on rows that it has never seen. */
export function Overview({ model: { metrics, columns } }: ModelSectionProps) {
  if (!metrics) return null;
  return (
    <>
      <Section title="How good it is">
        <Measures measures={measuresOf(metrics)} />
      </Section>
      <Section
        title="What tests say"
        lead="Samples of the model, and rows that it has not seen, held against each other."
      >
        <Verdicts verdicts={verdictsOf(metrics)} />
      </Section>
      {metrics.calibration && (
        <Section
          title="Calibration"
          lead={
            <>
              Each test row’s value is placed among the model’s own values of that column. The line shows the share of
              test rows below each place, minus what a right model would have: it stays in the band in 95 of 100 cases.
              First up and then down, the model is too narrow; first down and then up, too wide.
              {columns.length >= 10 && ' Of so many columns some leave the band by chance.'}
            </>
          }
        >
          <CalibrationPlots calibration={metrics.calibration} />
        </Section>
      )}
    </>
  );
}
