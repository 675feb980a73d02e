import { useMemo } from 'preact/hooks';
import type { Columns } from '../../api/cell.ts';
import type { Dataset } from '../../api/types.ts';
import { Answered } from '../../parts/answered.tsx';
import { count } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { chosenColumns, saidColumns } from '../../plots/pair-plot/chosen-columns.ts';
import { ColumnChoice } from '../../plots/pair-plot/column-choice.tsx';
import { PairPlot } from '../../plots/pair-plot/pair-plot.tsx';
import { useQuery } from '../../state/use-query.ts';
import { mostRows, useRows } from '../../state/use-rows.ts';
import { categoricalNames, plottableNames } from './plottable.ts';

/** How every two of some columns go together. */
export function ScatterMatrix({ dataset }: { dataset: Dataset }) {
  const [query, change] = useQuery();
  const names = plottableNames(dataset.columns);
  const chosen = chosenColumns(query.columns, names);
  const rows = useRows(dataset, chosen);
  if (names.length < 2) return null;
  const { rowCount } = dataset;
  return (
    <Section
      title="Columns against each other"
      lead={
        rowCount > mostRows
          ? `Each point is a row: ${count(mostRows)} of the ${count(rowCount)}, in pieces from all over the table.`
          : 'Each point is a row.'
      }
    >
      <ColumnChoice columns={names} chosen={chosen} onChange={(columns) => change({ columns: saidColumns(columns) })} />
      <Answered of={rows} what="The rows">
        {(columns) => <Plotted dataset={dataset} columns={columns} />}
      </Answered>
    </Section>
  );
}

function Plotted({ dataset, columns }: { dataset: Dataset; columns: Columns }) {
  const series = useMemo(() => [{ name: 'rows', columns }], [columns]);
  const categorical = useMemo(() => categoricalNames(dataset.columns), [dataset]);
  return <PairPlot name={dataset.name} columns={[...columns.keys()]} series={series} categorical={categorical} />;
}
