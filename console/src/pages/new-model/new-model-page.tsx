import { answer, api } from '../../api/client.ts';
import { Answered } from '../../parts/answered.tsx';
import { Empty, Page } from '../../parts/page.tsx';
import { useAnswer } from '../../state/use-answer.ts';
import { useQuery } from '../../state/use-query.ts';
import { NewModelForm } from './new-model-form.tsx';
import '../../styles/new-model.css';

const mostDatasets = 200;

/** Has a flow trained on a dataset. */
export function NewModelPage() {
  const [query, change] = useQuery();
  const choices = useAnswer(async () => {
    const [{ items: recent }, parts] = await Promise.all([
      answer(api.GET('/v1/datasets', { params: { query: { limit: mostDatasets } } })),
      answer(api.GET('/v1/flows')),
    ]);
    return { recent, parts };
  }, []);
  // It may be older than those that can be chosen.
  const named = useAnswer(async () => {
    if (!query.dataset) return null;
    return answer(api.GET('/v1/datasets/{id}', { params: { path: { id: query.dataset } } }));
  }, [query.dataset]);
  return (
    <Page title="New model" lead="Choose a table and a flow; training is queued, and can be followed as it happens.">
      <Answered of={choices} what="What there is to choose from">
        {({ recent, parts }) => {
          const asked = recent.find(({ id }) => id === query.dataset) ?? named.body ?? undefined;
          const datasets = asked && !recent.includes(asked) ? [asked, ...recent] : recent;
          if (datasets.length === 0)
            return (
              <Empty title="There is no dataset yet">
                <a class="button" href="/datasets">
                  Upload one
                </a>
              </Empty>
            );
          if (query.dataset && !asked && !named.error) return null;
          const dataset = asked ?? datasets[0];
          return (
            <NewModelForm
              // What was said of the columns of one table says nothing of another's.
              key={dataset.id}
              {...{ datasets, dataset, parts, change, error: asked ? undefined : named.error }}
              flow={query.flow ?? 'auto'}
            />
          );
        }}
      </Answered>
    </Page>
  );
}
