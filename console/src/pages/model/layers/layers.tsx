import { useRef } from 'preact/hooks';
import { answer, api } from '../../../api/client.ts';
import type { paths } from '../../../api/schema';
import { Answered } from '../../../parts/answered.tsx';
import { Notice } from '../../../parts/notice.tsx';
import { Section } from '../../../parts/page.tsx';
import { useAnswer } from '../../../state/use-answer.ts';
import { useQuery } from '../../../state/use-query.ts';
import type { ModelSectionProps } from '../sections.ts';
import { type Choices, ChoicesForm, choicesIn } from './choices.tsx';
import { GivenForm, isGiven } from './given.tsx';
import { Stage } from './stage.tsx';
import { useNumbers } from './use-numbers.ts';
import '../../../styles/layers.css';

/** What a flow does: points and a grid on their way from the base to the data, and back. */
export function LayersSection({ model }: ModelSectionProps) {
  const numbers = useNumbers(model);
  return (
    <Section
      title="Layer by layer"
      lead="A flow is a chain of layers. It takes points from a simple distribution, the base, and each layer moves them until they lie as the data do. Every layer can be undone: played backwards, the data become the base."
    >
      {numbers === undefined && (
        <p class="loading" role="status">
          Loading
        </p>
      )}
      {numbers && numbers.length < 2 && (
        <Notice title="There is no plane to show">
          <p>This takes two columns of numbers; the model has {numbers.length === 1 ? 'one' : 'none'}.</p>
        </Notice>
      )}
      {numbers && numbers.length >= 2 && <Plane model={model} numbers={numbers} />}
    </Section>
  );
}

function Plane({ model, numbers }: ModelSectionProps & { numbers: readonly string[] }) {
  const [query, change] = useQuery();
  const choices = choicesIn(query, numbers);
  const { context, datasetId } = model;
  // Where another picture begins, what was chosen for this one ends.
  const choose = (changes: Readonly<Record<string, string | undefined>>) => change({ at: undefined, ...changes });
  return (
    <>
      {context.length > 0 && (
        <GivenForm context={context} given={query.given} onChange={(given) => choose({ given })} />
      )}
      {isGiven(query.given, context) && (
        <Asked
          model={model}
          choices={choices}
          given={context.length > 0 ? query.given : undefined}
          at={query.at}
          numbers={numbers}
          hasRows={datasetId !== null}
          onChange={(changes) => ('grid' in changes ? change({ at: placeInAddress(), ...changes }) : choose(changes))}
        />
      )}
    </>
  );
}

interface AskedProps extends ModelSectionProps {
  readonly choices: Choices;
  readonly given: string | undefined;
  readonly at: string | undefined;
  readonly numbers: readonly string[];
  readonly hasRows: boolean;
  readonly onChange: (changes: Readonly<Record<string, string | undefined>>) => void;
}

function Asked({ model, choices, given, at, numbers, hasRows, onChange }: AskedProps) {
  const { x, y, from, n, seed, member, grid, permutations } = choices;
  const query = {
    ...{ x, y, from, n, seed, member, lines: 15 },
    ...(grid !== 'none' && { grid }),
    ...(permutations && { permutations }),
    ...(given !== undefined && { given }),
  };
  const layers = useLayers(model.id, query);
  const canCompare = hasRows && from === 'samples';
  const others = useLayers(
    model.id,
    canCompare ? { ...query, from: 'rows', n: Math.min(n, 1000), lines: 2 } : undefined,
  );
  const shown = useLast(layers.body);
  return (
    <div class="layers">
      <div class="layers-stage" aria-busy={layers.body === undefined && !layers.error}>
        <Answered of={{ ...layers, body: layers.error ? undefined : shown }} what="The layers">
          {(body) => (
            <Stage
              body={body}
              others={body === layers.body ? (others.body ?? undefined) : undefined}
              at={at}
              showsGrid={grid !== 'none'}
              name={model.name}
            />
          )}
        </Answered>
      </div>
      <ChoicesForm
        choices={choices}
        numbers={numbers}
        hasRows={hasRows}
        hasPermutations={shown?.states.some(({ kind }) => kind.endsWith('permutation')) ?? false}
        members={shown?.members ?? 1}
        onChange={onChange}
      />
    </div>
  );
}

type LayersQuery = NonNullable<paths['/v1/models/{id}/layers']['get']['parameters']['query']>;

/** Null where nothing is asked for. */
function useLayers(id: string, query: LayersQuery | undefined) {
  return useAnswer(
    async () => (query ? answer(api.GET('/v1/models/{id}/layers', { params: { path: { id }, query } })) : null),
    [id, JSON.stringify(query)],
  );
}

/** What there is, or as long as there is nothing, what there was: the figure stays until the next one is there. */
function useLast<Value>(value: Value | null | undefined): Value | undefined {
  const last = useRef<Value>(undefined);
  if (value) last.current = value;
  return last.current;
}

const placeInAddress = () => new URL(location.href).searchParams.get('at') ?? undefined;
