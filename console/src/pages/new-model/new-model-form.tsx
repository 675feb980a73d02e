import { useMemo, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { answer, api } from '../../api/client.ts';
import type { ApiError } from '../../api/problem.ts';
import type { Dataset, FlowCatalogue } from '../../api/types.ts';
import { Fold } from '../../parts/fold.tsx';
import { count } from '../../parts/format.ts';
import { Problem } from '../../parts/notice.tsx';
import { Section } from '../../parts/page.tsx';
import { useAction } from '../../state/use-action.ts';
import { AsRequest } from './as-request.tsx';
import { ColumnChoice } from './column-choice.tsx';
import { type Draft, emptyDraft, faultsAt, parseSpec, requestOf } from './draft.ts';
import { Faults, faulty } from './faults.tsx';
import { keepSpec, keptSpec } from './kept-spec.ts';
import { MissingChoice } from './missing-choice.tsx';
import { ownSpec, PresetCards } from './preset-cards.tsx';
import { ResolvedFlow } from './resolved-flow.tsx';
import { folded, print } from './spec/print.ts';
import { SpecEditor } from './spec-editor.tsx';
import { TrainingFields } from './training-fields.tsx';
import { useResolution } from './use-resolution.ts';

interface NewModelFormProps {
  readonly datasets: readonly Dataset[];
  readonly dataset: Dataset;
  readonly parts: FlowCatalogue;
  /** A preset's name, or that of what is written in the editor. */
  readonly flow: string;
  /** Why the dataset is not the one that was asked for. */
  readonly error: ApiError | undefined;
  readonly change: (query: { dataset?: string; flow?: string }) => void;
}

/** Everything that may be said of a model, with what it comes to as it is filled in. */
export function NewModelForm({ datasets, dataset, parts, flow, error, change }: NewModelFormProps) {
  const { route } = useLocation();
  const [draft, setDraft] = useState(emptyDraft);
  const [text, setText] = useState(keptSpec);
  const editor = useRef<HTMLDivElement>(null);
  const set = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const parsed = useMemo(() => (flow === ownSpec ? parseSpec(text) : { spec: flow }), [flow, text]);
  const request = 'spec' in parsed ? requestOf(draft, dataset, parsed.spec) : undefined;
  const resolution = useResolution(request);
  const sending = useAction(async () => {
    if (!request) return;
    const { id } = await answer(api.POST('/v1/models', { body: request }));
    route(`/models/${id}`);
  });
  const faults = resolution.faults;
  const problems = useMemo(
    () =>
      'error' in parsed
        ? [{ path: undefined, message: parsed.error }]
        : faultsAt(faults, '/flow').map(({ path, message }) => ({ path: path.slice('/flow'.length), message })),
    [parsed, faults],
  );
  const write = (next: string) => {
    setText(next);
    keepSpec(next);
  };
  const edit = (spec: object) => {
    write(print(folded(spec)));
    change({ flow: ownSpec });
    editor.current?.scrollIntoView({ block: 'nearest' });
  };
  const broken =
    'error' in parsed
      ? { ...resolution, resolved: undefined, faults: [{ path: '/flow', message: parsed.error }] }
      : resolution;
  return (
    <form
      class="new-model"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void sending.run();
      }}
    >
      {error && <Problem title="The dataset could not be read" error={error} />}
      <Section title="Table" lead="What is modelled is learned as one joint density, given the columns that are given.">
        <div class="field-row">
          <label class="field">
            <span class="field-name">Dataset</span>
            <select
              value={dataset.id}
              onChange={({ currentTarget }) => change({ dataset: datasets[currentTarget.selectedIndex].id })}
              {...faulty('dataset-faults', faultsAt(faults, '/datasetId'))}
            >
              {datasets.map(({ id, name, rowCount }) => (
                <option key={id} value={id} selected={id === dataset.id}>
                  {name} ({count(rowCount)} rows)
                </option>
              ))}
            </select>
            <Faults id="dataset-faults" faults={faultsAt(faults, '/datasetId')} />
          </label>
          <label class="field">
            <span class="field-name">Name</span>
            <input
              maxLength={200}
              placeholder={dataset.name}
              value={draft.name}
              onInput={({ currentTarget }) => set({ name: currentTarget.value })}
              {...faulty('name-faults', faultsAt(faults, '/name'))}
            />
            <Faults id="name-faults" faults={faultsAt(faults, '/name')} />
          </label>
        </div>
        <ColumnChoice
          {...{ dataset, draft }}
          faults={[...faultsAt(faults, '/columns'), ...faultsAt(faults, '/context')]}
          onChange={(roles) => set({ roles })}
        />
        <MissingChoice value={draft.missing} onChange={(missing) => set({ missing })} />
      </Section>
      <Section
        title="Flow"
        lead="The pictures show what each of them learned of one and the same table: 4,000 points of a pinwheel."
      >
        <PresetCards presets={parts.presets} chosen={flow} onChoose={(name) => change({ flow: name })} />
        <div ref={editor}>{flow === ownSpec && <SpecEditor {...{ text, parts, problems }} onText={write} />}</div>
      </Section>
      <ResolvedFlow resolution={broken} isOwn={flow === ownSpec} onEdit={edit} />
      <Fold
        title="Training"
        summary="budget, steps, batches, rates, ensemble, seed: chosen by the number of rows where nothing is said"
      >
        <TrainingFields
          training={draft.training}
          resolved={resolution.resolved?.training ?? undefined}
          faults={faults}
          onChange={(training) => set({ training })}
        />
        <label class="field narrow">
          <span class="field-name">Seed</span>
          <input
            type="number"
            min={0}
            step={1}
            placeholder="0"
            value={draft.seed ?? ''}
            onInput={({ currentTarget: { valueAsNumber } }) =>
              set({ seed: Number.isFinite(valueAsNumber) ? valueAsNumber : undefined })
            }
            {...faulty('seed-faults', faultsAt(faults, '/seed'))}
          />
          <Faults id="seed-faults" faults={faultsAt(faults, '/seed')} />
          <span class="field-note">The same seed gives the same model.</span>
        </label>
      </Fold>
      {request && <AsRequest request={request} />}
      {sending.error && <Problem title="The model was not accepted" error={sending.error} />}
      <div class="button-row">
        <button type="submit" class="button primary" disabled={sending.isBusy || !request}>
          Train
        </button>
      </div>
    </form>
  );
}
