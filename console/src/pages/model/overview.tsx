import { floorOf } from '../../api/metrics.ts';
import { Figures } from '../../parts/figures.tsx';
import { nats, number } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import type { ModelSectionProps } from './sections.ts';

/** How good a model is, on rows that it has never seen. */
export function Overview({ model: { metrics } }: ModelSectionProps) {
  if (!metrics) return null;
  const { testLogProb, testStandardError, bitsPerDimension, roundTripError } = metrics;
  const floor = floorOf(metrics);
  const gain = testLogProb != null && floor ? testLogProb - floor.logProb : undefined;
  return (
    <Section
      title="How good it is"
      lead="Mean log-likelihood in nats per row, on rows that were used for nothing else; the higher, the better."
    >
      <Figures
        figures={[
          { name: 'Test log-likelihood', value: nats(testLogProb), note: `± ${nats(testStandardError)}` },
          { name: 'The floor', value: nats(floor?.logProb), note: floor && `${floor.name}, the same rows` },
          {
            name: 'Gain',
            value: gain === undefined ? '–' : `${gain >= 0 ? '+' : '−'}${nats(Math.abs(gain))}`,
            note: 'nats per row over the floor',
          },
          { name: 'Bits per dimension', value: number(bitsPerDimension) },
          { name: 'Round trip', value: number(roundTripError), note: 'largest error there and back' },
        ]}
      />
    </Section>
  );
}
