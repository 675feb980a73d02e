import { useLocation } from 'preact-iso/router';
import { answer, api } from '../../api/client.ts';
import { isUnderWay, type Sweep } from '../../api/types.ts';
import { Answered } from '../../parts/answered.tsx';
import { StatusBadge } from '../../parts/badges.tsx';
import { count, date, nats } from '../../parts/format.ts';
import { Empty, Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Table } from '../../parts/table.tsx';
import { useAnswer } from '../../state/use-answer.ts';

const liveMilliseconds = 2000;
/** Others may begin one. */
const quietMilliseconds = 10_000;

/** The sweeps, how far each is, and what leads. */
export function SweepsPage() {
  const { cursor } = useLocation().query;
  const sweeps = useAnswer(() => answer(api.GET('/v1/sweeps', { params: { query: { cursor } } })), [cursor], {
    refreshAfter: ({ items }) =>
      items.some(({ status }) => isUnderWay(status)) ? liveMilliseconds : quietMilliseconds,
  });
  return (
    <Page title="Sweeps" lead="Several flows, each trained with several seeds on one dataset, and how they compare.">
      <Answered of={sweeps} what="The sweeps">
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <Empty title="No sweeps yet">
                <p>
                  <code>POST /v1/sweeps</code> with a dataset, flows and seeds begins one: see the{' '}
                  <a href="/docs">API docs</a>.
                </p>
              </Empty>
            ) : (
              <SweepTable sweeps={items} />
            )}
            <Pager path="/sweeps" cursor={cursor} nextCursor={nextCursor} />
          </>
        )}
      </Answered>
    </Page>
  );
}

function SweepTable({ sweeps }: { sweeps: readonly Sweep[] }) {
  return (
    <div class="card">
      <Table
        caption="Sweeps, newest first"
        rows={sweeps}
        keyOf={({ id }) => id}
        columns={[
          {
            name: 'Name',
            cell: ({ id, name }) => (
              <a class="row-link" href={`/sweeps/${id}`}>
                {name}
              </a>
            ),
          },
          { name: 'Status', cell: (sweep) => <State sweep={sweep} /> },
          { name: 'Flows', isAtEnd: true, cell: ({ leaderboard }) => count(leaderboard.length) },
          { name: 'Models', isAtEnd: true, cell: ({ progress }) => count(progress.trials) },
          { name: 'First', cell: ({ leaderboard: [first] }) => (first?.validationLogProb ? first.flow : '–') },
          {
            name: 'Its validation log-likelihood',
            isAtEnd: true,
            cell: ({ leaderboard: [first] }) => nats(first?.validationLogProb?.mean),
          },
          { name: 'Created', cell: ({ createdAt }) => <time dateTime={createdAt}>{date(createdAt)}</time> },
        ]}
      />
    </div>
  );
}

function State({ sweep: { name, status, progress } }: { sweep: Sweep }) {
  return (
    <span class="state">
      <StatusBadge status={status} />
      {status === 'running' && (
        <progress class="small" aria-label={`Trials of ${name}`} value={progress.ended} max={progress.trials} />
      )}
    </span>
  );
}
