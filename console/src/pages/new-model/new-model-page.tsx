import { useLocation } from 'preact-iso/router';
import { answer, api } from '../../api/client.ts';
import { Answered } from '../../parts/answered.tsx';
import { count } from '../../parts/format.ts';
import { Problem } from '../../parts/notice.tsx';
import { Empty, Page } from '../../parts/page.tsx';
import { useAction } from '../../state/use-action.ts';
import { useAnswer } from '../../state/use-answer.ts';

const mostDatasets = 200;

/** Has a flow trained on a dataset. */
export function NewModelPage() {
  const { query, route } = useLocation();
  const choices = useAnswer(async () => {
    const [{ items: datasets }, { presets }] = await Promise.all([
      answer(api.GET('/v1/datasets', { params: { query: { limit: mostDatasets } } })),
      answer(api.GET('/v1/flows')),
    ]);
    return { datasets, presets };
  }, []);
  const { run, isBusy, error } = useAction(async (form: FormData) => {
    const text = (field: string) => String(form.get(field) ?? '');
    const body = {
      datasetId: text('datasetId'),
      flow: text('flow'),
      ...(text('name') !== '' && { name: text('name') }),
      ...(text('seed') !== '' && { seed: Number(text('seed')) }),
    };
    const { id } = await answer(api.POST('/v1/models', { body }));
    route(`/models/${id}`);
  });
  return (
    <Page title="New model" lead="Choose a table and a flow; training is queued, and can be followed as it happens.">
      <Answered of={choices} what="What there is to choose from">
        {({ datasets, presets }) =>
          datasets.length === 0 ? (
            <Empty title="There is no dataset yet">
              <a class="button" href="/datasets">
                Upload one
              </a>
            </Empty>
          ) : (
            <form
              class="card form narrow"
              onSubmit={(event) => {
                event.preventDefault();
                void run(new FormData(event.currentTarget));
              }}
            >
              <label class="field">
                <span class="field-name">Dataset</span>
                <select name="datasetId" required defaultValue={query.dataset}>
                  {datasets.map(({ id, name, rowCount }) => (
                    <option key={id} value={id} selected={id === query.dataset}>
                      {name} ({count(rowCount)} rows)
                    </option>
                  ))}
                </select>
              </label>
              <label class="field">
                <span class="field-name">Flow</span>
                <select name="flow">
                  {presets.map(({ name }) => (
                    <option key={name} value={name} selected={name === 'auto'}>
                      {name}
                    </option>
                  ))}
                </select>
                <span class="field-note">“auto” has several race, and mixes the best.</span>
              </label>
              <label class="field">
                <span class="field-name">Name</span>
                <input name="name" maxLength={200} placeholder="as the dataset" />
              </label>
              <label class="field">
                <span class="field-name">Seed</span>
                <input name="seed" type="number" min={0} step={1} placeholder="0" inputMode="numeric" />
                <span class="field-note">The same seed gives the same model.</span>
              </label>
              {error && <Problem title="The model was not accepted" error={error} />}
              <button type="submit" class="button primary" disabled={isBusy}>
                Train
              </button>
            </form>
          )
        }
      </Answered>
    </Page>
  );
}
