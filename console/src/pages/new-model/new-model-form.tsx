import { useMemo, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { answer, api } from '../../api/client.ts';
import type { ApiError } from '../../api/problem.ts';
import type { Dataset, Fault, FlowCatalogue } from '../../api/types.ts';
import { Problem } from '../../parts/notice.tsx';
import { Section } from '../../parts/page.tsx';
import { useAction } from '../../state/use-action.ts';
import { AsRequest } from './as-request.tsx';
import { type Draft, emptyDraft, faultsAt, parseSpec, requestOf } from './draft.ts';
import { keepSpec, keptSpec } from './kept-spec.ts';
import { ownSpec, PresetCards } from './preset-cards.tsx';
import { ResolvedFlow } from './resolved-flow.tsx';
import { folded, print } from './spec/print.ts';
import { SpecEditor } from './spec-editor.tsx';
import { TableSection } from './table-section.tsx';
import { TrainingFold } from './training-fold.tsx';
import { type Resolution, useResolution } from './use-resolution.ts';

const noFaults: readonly Fault[] = [];

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
  const [sent, setSent] = useState<string>();
  const sending = useAction(async () => {
    if (!request) return;
    setSent(JSON.stringify(request));
    const { id } = await answer(api.POST('/v1/models', { body: request }));
    route(`/models/${id}`);
  });
  // What is wrong with what was sent is wrong until something is changed.
  const refused = sent === JSON.stringify(request) ? (sending.error?.errors ?? noFaults) : noFaults;
  const faults = resolution.faults.length > 0 ? resolution.faults : refused;
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
      <TableSection {...{ datasets, dataset, draft, faults, set }} onDataset={(id) => change({ dataset: id })} />
      <Section
        title="Flow"
        lead="The pictures show what each of them learned of one and the same table: 4,000 points of a pinwheel."
      >
        <PresetCards presets={parts.presets} chosen={flow} onChoose={(name) => change({ flow: name })} />
        <div ref={editor}>{flow === ownSpec && <SpecEditor {...{ text, parts, problems }} onText={write} />}</div>
      </Section>
      <ResolvedFlow
        resolution={'error' in parsed ? unread(parsed.error) : resolution}
        isOwn={flow === ownSpec}
        onEdit={edit}
      />
      <TrainingFold {...{ draft, faults, set }} resolved={resolution.resolved?.training ?? undefined} />
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

/** Of a spec that cannot be read the service is not asked. */
const unread = (message: string): Resolution => ({
  ...{ resolved: undefined, error: undefined, isStale: false },
  faults: [{ path: '/flow', message }],
});
