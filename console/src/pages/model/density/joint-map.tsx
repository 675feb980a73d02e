import type { ComponentChildren } from 'preact';
import { hasCategories } from '../../../../../src/figures/axis.ts';
import { densityMap } from '../../../../../src/figures/density-map.ts';
import type { Dataset, Model } from '../../../api/types.ts';
import { Answered } from '../../../parts/answered.tsx';
import { Section } from '../../../parts/page.tsx';
import { Plot } from '../../../plots/plot.tsx';
import { useAnswer } from '../../../state/use-answer.ts';
import { useQuery } from '../../../state/use-query.ts';
import { askDensity, type DensityBody, grid, howSure } from './ask-density.ts';
import { besides, type Given } from './given.ts';
import { MapChoices, readChoices } from './map-choices.tsx';
import { readPoints } from './table.ts';

interface JointMapProps {
  readonly model: Model;
  readonly dataset: Dataset | undefined;
  readonly given: Given;
  /** Where what is given can be said. */
  readonly fields: ComponentChildren;
}

/** The density of any two columns. */
export function JointMap({ model, dataset, given, fields }: JointMapProps) {
  const [query] = useQuery();
  const choices = readChoices(query, { columns: model.columns, dataset });
  const { x, y, resolution } = choices;
  const others = besides(given, x, y);
  const density = useAnswer(
    () => askDensity(model.id, { x, y, resolution, given: others }),
    [model.id, x, y, resolution, JSON.stringify(others)],
  );
  const rowsOf = choices.withRows ? model.datasetId : null;
  const points = useAnswer(async () => (rowsOf === null ? [] : await readPoints(rowsOf, x, y)), [rowsOf, x, y]);
  return (
    <Section
      title="Two columns together"
      lead="The density over any two columns. All others are integrated out, unless they are fixed."
    >
      <MapChoices model={model} choices={choices} isEstimated={density.body?.standardError !== undefined} />
      {fields}
      <div class="joint-map">
        <Answered of={density} what="The density">
          {(body) => <DensityFigure body={body} choices={choices} points={points.body ?? []} />}
        </Answered>
      </div>
    </Section>
  );
}

interface DensityFigureProps {
  readonly body: DensityBody;
  readonly choices: ReturnType<typeof readChoices>;
  readonly points: readonly (readonly [number, number])[];
}

function DensityFigure({ body, choices, points }: DensityFigureProps) {
  const { x, y, density, standardError } = body;
  if (!y) return null;
  const isError = choices.show === 'error' && standardError !== undefined;
  const figure = densityMap(
    { x, y, density: grid(isError ? standardError : density) },
    {
      scale: isError ? 'density' : choices.scale,
      rows: points,
      what: isError ? 'Standard error of the density' : 'Density',
    },
  );
  const isShaded = !isError && choices.scale === 'share';
  return (
    <>
      {isShaded && (
        <p class="muted">
          Each colour begins where the region of the highest density holds that share of the model’s rows.
        </p>
      )}
      <Plot name={`density of ${x.column} and ${y.column}`} {...figure} />
      <p class="figure-note">
        {howSure(body)}
        {choices.withRows && (hasCategories(x) || hasCategories(y)) && ' Rows are not drawn over categories.'}
      </p>
    </>
  );
}
