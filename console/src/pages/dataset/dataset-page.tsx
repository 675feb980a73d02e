import { useRoute } from 'preact-iso/router';
import { answer, api } from '../../api/client.ts';
import type { Dataset } from '../../api/types.ts';
import { Answered } from '../../parts/answered.tsx';
import { bytes, count, date, plural } from '../../parts/format.ts';
import { Warnings } from '../../parts/notice.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { useAnswer } from '../../state/use-answer.ts';
import { ColumnCards } from './column-cards.tsx';
import { FirstRows } from './first-rows.tsx';
import { ScatterMatrix } from './scatter-matrix.tsx';

/** What a dataset looks like. */
export function DatasetPage() {
  const { id } = useRoute().params;
  const dataset = useAnswer(() => answer(api.GET('/v1/datasets/{id}', { params: { path: { id } } })), [id]);
  return (
    <Page
      title={dataset.body?.name ?? 'Dataset'}
      parent={{ href: '/datasets', name: 'Datasets' }}
      lead={dataset.body && <Facts dataset={dataset.body} />}
      actions={
        dataset.body && (
          <a class="button primary" href={`/models/new?dataset=${id}`}>
            New model of it
          </a>
        )
      }
    >
      <Answered of={dataset} what="The dataset">
        {(body) => (
          <>
            <Warnings warnings={body.warnings} />
            <Section title="Columns" lead="What each column was taken for, why, and how its values lie.">
              <ColumnCards columns={body.columns} rowCount={body.rowCount} />
            </Section>
            <ScatterMatrix dataset={body} />
            <Section title="First rows">
              <FirstRows id={id} />
            </Section>
          </>
        )}
      </Answered>
    </Page>
  );
}

function Facts({ dataset: { rowCount, columns, byteCount, createdAt } }: { dataset: Dataset }) {
  return (
    <>
      {plural(rowCount, 'row')} · {count(columns.length)} columns · {bytes(byteCount)} ·{' '}
      <time dateTime={createdAt}>{date(createdAt)}</time>
    </>
  );
}
