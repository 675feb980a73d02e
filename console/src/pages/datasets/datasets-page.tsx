import { useLocation } from 'preact-iso/router';
import { answer, api } from '../../api/client.ts';
import type { Dataset } from '../../api/types.ts';
import { Answered } from '../../parts/answered.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { bytes, count, date } from '../../parts/format.ts';
import { Empty, Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Table } from '../../parts/table.tsx';
import { useAnswer } from '../../state/use-answer.ts';
import { UploadForm } from './upload-form.tsx';

/** The datasets, and the place where new ones come in. */
export function DatasetsPage() {
  const { cursor } = useLocation().query;
  const datasets = useAnswer(() => answer(api.GET('/v1/datasets', { params: { query: { cursor } } })), [cursor]);
  return (
    <Page title="Datasets" lead="Tables of numbers and categories, to learn densities from.">
      <UploadForm onStored={datasets.reload} />
      <Answered of={datasets} what="The datasets">
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <Empty title="No datasets yet">
                <p>Drop a file above; what each column is, is found out from its cells.</p>
              </Empty>
            ) : (
              <DatasetTable datasets={items} onDeleted={datasets.reload} />
            )}
            <Pager path="/datasets" cursor={cursor} nextCursor={nextCursor} />
          </>
        )}
      </Answered>
    </Page>
  );
}

function DatasetTable({ datasets, onDeleted }: { datasets: readonly Dataset[]; onDeleted: () => void }) {
  return (
    <div class="card">
      <Table
        caption="Datasets, newest first"
        rows={datasets}
        keyOf={({ id }) => id}
        columns={[
          {
            name: 'Name',
            cell: ({ id, name }) => (
              <a class="row-link" href={`/datasets/${id}`}>
                {name}
              </a>
            ),
          },
          { name: 'Rows', isAtEnd: true, cell: ({ rowCount }) => count(rowCount) },
          { name: 'Columns', isAtEnd: true, cell: ({ columns }) => count(columns.length) },
          { name: 'Size', isAtEnd: true, cell: ({ byteCount }) => bytes(byteCount) },
          { name: 'Created', cell: ({ createdAt }) => <time dateTime={createdAt}>{date(createdAt)}</time> },
          {
            name: 'Actions',
            isAtEnd: true,
            cell: ({ id, name }) => (
              <Confirm
                action="Delete"
                label={`Delete ${name}`}
                title={`Delete ${name}?`}
                onConfirm={async () => {
                  await answer(api.DELETE('/v1/datasets/{id}', { params: { path: { id } } }));
                  onDeleted();
                }}
              >
                <p>Its rows are gone for good. Models that were trained on it stay.</p>
              </Confirm>
            ),
          },
        ]}
      />
    </div>
  );
}
