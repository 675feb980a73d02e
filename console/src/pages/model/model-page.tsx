import { useLocation, useRoute } from 'preact-iso/router';
import { answer, api } from '../../api/client.ts';
import { isUnderWay, type Model } from '../../api/types.ts';
import { Answered } from '../../parts/answered.tsx';
import { StatusBadge } from '../../parts/badges.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { count, date } from '../../parts/format.ts';
import { Notice, Warnings } from '../../parts/notice.tsx';
import { Page } from '../../parts/page.tsx';
import { useAnswer } from '../../state/use-answer.ts';
import { Report } from './report.tsx';
import { sections } from './sections.ts';
import { Training } from './training.tsx';

const raceMilliseconds = 1000;

/** A model: its training while that goes on, and then what it has become. */
export function ModelPage() {
  const { id, section = '' } = useRoute().params;
  const { route } = useLocation();
  const model = useAnswer(() => answer(api.GET('/v1/models/{id}', { params: { path: { id } } })), [id], {
    // How a race stands is said by the model, at the end of each round.
    refreshAfter: ({ race, status }) => (race && isUnderWay(status) ? raceMilliseconds : undefined),
  });
  return (
    <Page
      title={model.body?.name ?? 'Model'}
      parent={{ href: '/models', name: 'Models' }}
      lead={model.body && <Facts model={model.body} />}
      actions={
        model.body &&
        !isUnderWay(model.body.status) && (
          <>
            {model.body.status === 'ready' && <Report model={model.body} />}
            <Confirm
              action="Delete"
              label={`Delete the model ${model.body.name}`}
              title={`Delete ${model.body.name}?`}
              onConfirm={async () => {
                await answer(api.DELETE('/v1/models/{id}', { params: { path: { id } } }));
                route('/models');
              }}
            >
              <p>The model and what was learned are gone for good; its dataset stays.</p>
            </Confirm>
          </>
        )
      }
    >
      <Answered of={model} what="The model">
        {(body) => (
          <>
            {body.error && (
              <Notice kind="bad" title="Training failed">
                <p>{body.error.message}</p>
              </Notice>
            )}
            {(body.status !== 'ready' || section === '') && <Warnings warnings={body.warnings} />}
            {body.status === 'ready' && <ReadySection model={body} section={section} />}
            {(body.status !== 'ready' || section === '') && <Training model={body} onEnded={model.reload} />}
          </>
        )}
      </Answered>
    </Page>
  );
}

function ReadySection({ model, section }: { model: Model; section: string }) {
  const { component: Shown } = sections.find(({ path }) => path === section) ?? sections[0];
  return (
    <>
      {sections.length > 1 && (
        <nav class="tabs" aria-label="Of this model">
          {sections.map(({ path, name }) => (
            <a
              key={path}
              href={`/models/${model.id}${path && `/${path}`}`}
              aria-current={path === section ? 'page' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
      )}
      <Shown model={model} />
    </>
  );
}

function Facts({ model: { status, columns, context, parameterCount, datasetId, createdAt } }: { model: Model }) {
  return (
    <>
      <StatusBadge status={status} /> {count(columns.length)} columns
      {context.length > 0 && ` given ${count(context.length)}`}
      {parameterCount !== null && ` · ${count(parameterCount)} parameters`}
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
