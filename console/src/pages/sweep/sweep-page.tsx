import { useLocation, useRoute } from 'preact-iso/router';
import { answer, api } from '../../api/client.ts';
import { isUnderWay, type Sweep } from '../../api/types.ts';
import { Answered } from '../../parts/answered.tsx';
import { StatusBadge } from '../../parts/badges.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { date, plural } from '../../parts/format.ts';
import { Page } from '../../parts/page.tsx';
import { type Answer, useAnswer } from '../../state/use-answer.ts';
import { Leaderboard } from './leaderboard.tsx';
import { Trials } from './trials.tsx';
import '../../styles/sweep.css';

const liveMilliseconds = 1000;

/** A sweep: which of its flows is the best so far, and how far its models are. */
export function SweepPage() {
  const { id } = useRoute().params;
  const sweep = useAnswer(() => answer(api.GET('/v1/sweeps/{id}', { params: { path: { id } } })), [id], {
    refreshAfter: ({ status }) => (isUnderWay(status) ? liveMilliseconds : undefined),
  });
  return (
    <Page
      title={sweep.body?.name ?? 'Sweep'}
      parent={{ href: '/sweeps', name: 'Sweeps' }}
      lead={sweep.body && <Facts sweep={sweep.body} />}
      actions={sweep.body && <Actions sweep={sweep.body} reload={sweep.reload} />}
    >
      <Answered of={sweep} what="The sweep">
        {(body) => (
          <>
            <Leaderboard sweep={body} />
            <Trials trials={body.trials} />
          </>
        )}
      </Answered>
    </Page>
  );
}

function Facts({ sweep: { status, progress, datasetId, createdAt } }: { sweep: Sweep }) {
  const { trials, ended } = progress;
  return (
    <>
      <StatusBadge status={status} />{' '}
      {ended < trials ? `${ended} of ${plural(trials, 'model')} ended` : plural(trials, 'model')}
      {datasetId && (
        <>
          {' · '}
          <a href={`/datasets/${datasetId}`}>dataset</a>
        </>
      )}
      {' · '}
      <time dateTime={createdAt}>{date(createdAt)}</time>
    </>
  );
}

function Actions({ sweep: { id, name, status }, reload }: { sweep: Sweep } & Pick<Answer<Sweep>, 'reload'>) {
  const { route } = useLocation();
  const params = { path: { id } };
  if (isUnderWay(status))
    return (
      <Confirm
        action="Cancel"
        label={`Cancel the sweep ${name}`}
        title={`Cancel ${name}?`}
        onConfirm={async () => {
          await answer(api.POST('/v1/sweeps/{id}/cancel', { params }));
          reload();
        }}
      >
        <p>Its models that are not ready will not be trained any further; those that are ready stay.</p>
      </Confirm>
    );
  return (
    <Confirm
      action="Delete"
      label={`Delete the sweep ${name}`}
      title={`Delete ${name}?`}
      onConfirm={async () => {
        await answer(api.DELETE('/v1/sweeps/{id}', { params }));
        route('/sweeps');
      }}
    >
      <p>The comparison is gone for good; its models and its dataset stay.</p>
    </Confirm>
  );
}
