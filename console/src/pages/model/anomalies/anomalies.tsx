import { count } from '../../../parts/format.ts';
import { Notice, Problem } from '../../../parts/notice.tsx';
import { Empty, Section } from '../../../parts/page.tsx';
import { TableChoice } from '../rows/table-choice.tsx';
import { useSource } from '../rows/use-source.ts';
import type { ModelSectionProps } from '../sections.ts';
import { Judged } from './judged.tsx';
import { useScoring } from './use-scoring.ts';
import '../../../styles/scoring.css';
import '../../../styles/anomalies.css';

/** The rows of a table by how unusual they are. */
export function Anomalies({ model }: ModelSectionProps) {
  const [source, choose] = useSource();
  const { table, scoredRows, error } = useScoring(model, source);
  return (
    <div class="stack">
      <Section
        title="Find anomalies"
        lead="Each row of a table is compared with rows that the model was not trained on: the fewer of these are as unlikely, the more unusual the row."
      >
        <TableChoice model={model} source={source} onChoose={choose} />
        {scoredRows !== undefined && (
          <div class="progress-card" role="status">
            <p>{scoredRows === 0 ? 'Reading the table' : `${count(scoredRows)} rows are scored`}</p>
            <progress aria-label="Scoring of the table" />
          </div>
        )}
        {error && <Problem title="The table could not be scored" error={error} />}
      </Section>
      {table && source?.kind === 'dataset' && source.id === model.datasetId && (
        <Notice title="This is the table that the model was trained on">
          <p>
            Most of its rows took part in training and look more usual than new ones would: expect fewer false alarms
            than is said below.
          </p>
        </Notice>
      )}
      {table && <Judged model={model} table={table} name={source?.kind === 'file' ? source.file.name : 'dataset'} />}
      {!source && (
        <Empty title="No table yet">
          <p>Drop a file or choose a dataset: its rows are ranked, the most unusual first, with what makes them so.</p>
        </Empty>
      )}
    </div>
  );
}
