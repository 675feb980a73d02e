import { useLocation } from 'preact-iso/router';
import { answer, api } from '../../api/client.ts';
import { isUnderWay, type Model } from '../../api/types.ts';
import { Answered } from '../../parts/answered.tsx';
import { StatusBadge } from '../../parts/badges.tsx';
import { count, date, nats } from '../../parts/format.ts';
import { Empty, Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Table } from '../../parts/table.tsx';
import { useAnswer } from '../../state/use-answer.ts';

const liveMilliseconds = 1500;
/** Others may begin one, in another tab or elsewhere. */
const quietMilliseconds = 5000;

/** The models and how far each is; the list keeps up with those in training. */
export function ModelsPage() {
  const { cursor } = useLocation().query;
  const models = useAnswer(() => answer(api.GET('/v1/models', { params: { query: { cursor } } })), [cursor], {
    refreshAfter: ({ items }) =>
      items.some(({ status }) => isUnderWay(status)) ? liveMilliseconds : quietMilliseconds,
  });
  return (
    <Page
      title="Models"
      lead="Flows that were trained on a dataset, or are being trained."
      actions={
        <a class="button primary" href="/models/new">
          New model
        </a>
      }
    >
      <Answered of={models} what="The models">
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <Empty title="No models yet">
                <p>Choose a dataset, and have a flow trained on it.</p>
              </Empty>
            ) : (
              <ModelTable models={items} />
            )}
            <Pager path="/models" cursor={cursor} nextCursor={nextCursor} />
          </>
        )}
      </Answered>
    </Page>
  );
}

function ModelTable({ models }: { models: readonly Model[] }) {
  return (
    <div class="card">
      <Table
        caption="Models, newest first"
        rows={models}
        keyOf={({ id }) => id}
        columns={[
          {
            name: 'Name',
            cell: ({ id, name }) => (
              <a class="row-link" href={`/models/${id}`}>
                {name}
              </a>
            ),
          },
          { name: 'Status', cell: (model) => <State model={model} /> },
          { name: 'Columns', isAtEnd: true, cell: ({ columns }) => count(columns.length) },
          {
            name: 'Parameters',
            isAtEnd: true,
            cell: ({ parameterCount }) => (parameterCount === null ? '–' : count(parameterCount)),
          },
          { name: 'Test log-likelihood', isAtEnd: true, cell: ({ metrics }) => nats(metrics?.testLogProb) },
          { name: 'Created', cell: ({ createdAt }) => <time dateTime={createdAt}>{date(createdAt)}</time> },
        ]}
      />
    </div>
  );
}

function State({ model: { name, status, progress } }: { model: Model }) {
  const { step, steps } = progress ?? {};
  return (
    <span class="state">
      <StatusBadge status={status} />
      {status === 'training' && step != null && steps != null && (
        <progress class="small" aria-label={`Training of ${name}`} value={step} max={steps} />
      )}
    </span>
  );
}
