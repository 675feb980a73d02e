import { useMemo } from 'preact/hooks';
import type { Cell, Columns } from '../../../api/cell.ts';
import { readSamples } from '../../../api/rows.ts';
import type { Dataset, Model } from '../../../api/types.ts';
import { Answered } from '../../../parts/answered.tsx';
import { count } from '../../../parts/format.ts';
import { Section } from '../../../parts/page.tsx';
import { chosenColumns, saidColumns } from '../../../plots/pair-plot/chosen-columns.ts';
import { ColumnChoice } from '../../../plots/pair-plot/column-choice.tsx';
import { PairPlot } from '../../../plots/pair-plot/pair-plot.tsx';
import { useAnswer } from '../../../state/use-answer.ts';
import { useQuery } from '../../../state/use-query.ts';
import { mostRows, useRows } from '../../../state/use-rows.ts';
import { categoricalNames, plottableNames } from '../../dataset/plottable.ts';
import { requestOf } from './settings.ts';
import { SettingsForm } from './settings-form.tsx';

interface SamplesOverDataProps {
  readonly model: Model;
  /** Undefined where it was deleted. */
  readonly dataset: Dataset | undefined;
}

export function SamplesOverData({ model, dataset }: SamplesOverDataProps) {
  const [query, change] = useQuery();
  const plottable = dataset && plottableNames(dataset.columns);
  const names = plottable ? plottable.filter((name) => model.columns.includes(name)) : model.columns;
  const chosen = chosenColumns(query.columns, names);
  const request = requestOf(query, model, dataset);
  // Rows of another context would be no measure for samples of this one; numbers hardly ever are the same.
  const given = Object.entries(request.context).filter(([name]) => isDiscrete(name, dataset));
  const rows = useRows(dataset, [...new Set([...chosen, ...given.map(([name]) => name)])]);
  const samples = useAnswer(() => readSamples(model.id, model.columns, request), [model.id, JSON.stringify(request)]);
  return (
    <Section title="Samples over data" lead={lead(dataset, given)}>
      <SettingsForm key={JSON.stringify(request)} request={request} dataset={dataset} onChange={change} />
      {names.length < 2 ? (
        <p class="muted">The model has one column alone: there is nothing to stand it against.</p>
      ) : (
        <>
          <ColumnChoice
            columns={names}
            chosen={chosen}
            onChange={(columns) => change({ columns: saidColumns(columns) })}
          />
          <Answered of={rows} what="The rows">
            {(of) => (
              <Answered of={samples} what="The samples">
                {(drawn) => <Plotted {...{ model, dataset, chosen, given, drawn }} rows={of} />}
              </Answered>
            )}
          </Answered>
        </>
      )}
    </Section>
  );
}

type Given = readonly (readonly [name: string, value: Cell])[];

interface PlottedProps extends SamplesOverDataProps {
  readonly chosen: readonly string[];
  readonly given: Given;
  readonly rows: Columns;
  readonly drawn: Columns;
}

function Plotted({ model, dataset, chosen, given, rows, drawn }: PlottedProps) {
  const series = useMemo(() => {
    const samples = { name: 'samples', columns: drawn };
    return dataset ? [{ name: 'rows', columns: rowsGiven(rows, given) }, samples] : [samples];
  }, [dataset, rows, drawn, JSON.stringify(given)]);
  const categorical = useMemo(() => categoricalNames(dataset?.columns ?? []), [dataset]);
  return <PairPlot name={model.name} columns={chosen} series={series} categorical={categorical} />;
}

function lead(dataset: Dataset | undefined, given: Given): string {
  if (!dataset) return 'What the model draws. Its dataset was deleted: there are no rows to compare with.';
  const rows = dataset.rowCount > mostRows ? `${count(mostRows)} of the dataset’s rows` : 'the dataset’s rows';
  const those = given.map(([name, value]) => `${name} is ${value}`).join(' and ');
  return `What the model draws, among ${rows}${those && ` whose ${those}`}: the better the model, the less they can be told apart.`;
}

const isDiscrete = (name: string, dataset: Dataset | undefined) => {
  const kind = dataset?.columns.find((column) => column.name === name)?.kind;
  return kind === 'categorical' || kind === 'boolean';
};

/** The rows that have these values. */
function rowsGiven(rows: Columns, given: Given): Columns {
  if (given.length === 0) return rows;
  const isKept = (_: Cell, row: number) => given.every(([name, value]) => rows.get(name)?.[row] === value);
  return new Map([...rows].map(([name, cells]) => [name, cells.filter(isKept)]));
}
