import { useEffect, useRef, useState } from 'preact/hooks';
import { marginalLegend, marginalPlot } from '../../../../../src/figures/marginal-plot.ts';
import type { Dataset, Model } from '../../../api/types.ts';
import { Answered } from '../../../parts/answered.tsx';
import { Section } from '../../../parts/page.tsx';
import { Legend } from '../../../plots/legend.tsx';
import { Plot } from '../../../plots/plot.tsx';
import { useAnswer } from '../../../state/use-answer.ts';
import { askDensity, line } from './ask-density.ts';
import { besides, type Given } from './given.ts';
import { inTurns } from './in-turns.ts';

interface MarginalsProps {
  readonly model: Model;
  readonly dataset: Dataset | undefined;
  readonly given: Given;
}

/** Every column by itself. */
export function Marginals({ model, dataset, given }: MarginalsProps) {
  const isGiven = Object.keys(given).length > 0;
  return (
    <Section
      title="Each column by itself"
      lead={
        <>
          The model’s density, with a band of ± 2 standard errors{dataset && ', over a histogram of the table’s rows'}.
          {isGiven && dataset && ' The model is given what is fixed above; the histogram is of all rows.'}
        </>
      }
    >
      <Legend entries={dataset ? marginalLegend : marginalLegend.slice(0, 1)} />
      <ul class="plot-grid">
        {model.columns.map((column) => (
          <li key={column}>
            <h3>{column}</h3>
            <WhenSeen>
              <MarginalPlot id={model.id} column={column} dataset={dataset} given={besides(given, column)} />
            </WhenSeen>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Each is drawn from samples, which takes the service a while: none is asked for that nobody looks at. */
function WhenSeen({ children }: { children: preact.ComponentChildren }) {
  const place = useRef<HTMLDivElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    if (!place.current) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={place} class="when-seen">
      {isSeen && children}
    </div>
  );
}

const turns = inTurns(2);
/** Enough for small figures. */
const samples = 20_000;

interface MarginalPlotProps {
  readonly id: string;
  readonly column: string;
  readonly dataset: Dataset | undefined;
  readonly given: Given;
}

function MarginalPlot({ id, column, dataset, given }: MarginalPlotProps) {
  const density = useAnswer(
    () => turns(() => askDensity(id, { x: column, samples, given })),
    [id, column, JSON.stringify(given)],
  );
  const rows = dataset?.columns.find(({ name }) => name === column);
  return (
    <Answered of={density} what="The density">
      {(body) => (
        <Plot
          name={`distribution of ${column}`}
          {...marginalPlot(
            {
              x: body.x,
              density: line(body.density),
              standardError: body.standardError && line(body.standardError),
            },
            dataset && rows && { ...rows, rowCount: dataset.rowCount },
          )}
        />
      )}
    </Answered>
  );
}
