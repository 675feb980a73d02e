import { useEffect, useMemo, useRef } from 'preact/hooks';
import { answer, api } from '../../../api/client.ts';
import type { paths } from '../../../api/schema';
import { Answered } from '../../../parts/answered.tsx';
import { Notice } from '../../../parts/notice.tsx';
import { Section } from '../../../parts/page.tsx';
import { Select } from '../../../parts/select.tsx';
import { useAnswer } from '../../../state/use-answer.ts';
import { useQuery } from '../../../state/use-query.ts';
import type { ModelSectionProps } from '../sections.ts';
import { Caption } from './caption.tsx';
import { type Choices, ChoicesForm, choicesIn } from './choices.tsx';
import { LayersFigure } from './figure.tsx';
import { GivenForm, isGiven } from './given.tsx';
import { type Journey, journeyOf, type Layers as LayersBody } from './journey.ts';
import { Player } from './player.ts';
import { playerKeys, Transport } from './transport.tsx';
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

interface StageProps {
  readonly body: LayersBody;
  readonly others: LayersBody | undefined;
  readonly at: string | undefined;
  readonly showsGrid: boolean;
  readonly name: string;
}

function Stage({ body, others, at, showsGrid, name }: StageProps) {
  const journey = useMemo(() => journeyOf(body), [body]);
  const compared = useMemo(() => others && journeyOf(others), [others]);
  const player = usePlayer(journey, at);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: what it holds has the focus
    <div class="layers-player" onKeyDown={playerKeys(player)}>
      <Caption journey={journey} player={player} />
      <LayersFigure journey={journey} others={compared} player={player} showsGrid={showsGrid} name={name} />
      <Transport journey={journey} player={player} />
      <div class="layers-foot">
        <p class="muted">
          A point keeps its colour: it tells where it is at the base.{' '}
          {compared && 'The fine dots at both ends are rows of the table. '}
          {gridNote(body)} Space plays and pauses, the arrow keys go from layer to layer.
        </p>
        <Select
          label="Speed"
          value={String(player.speed.value)}
          options={['0.25', '0.5', '1', '2'].map((speed) => ({ value: speed, name: `${speed} ×` }))}
          onChange={(speed) => {
            player.speed.value = Number(speed);
          }}
        />
      </div>
    </div>
  );
}

/** What the grid stands for where the plane is not all. */
function gridNote({ grid: { given, centred } }: LayersBody): string {
  const parts = [
    ...Object.entries(given).map(([name, value]) => `${name} ${value ?? 'missing'}`),
    ...(centred.length > 0 ? ['all other columns of numbers at the centre of the base'] : []),
  ];
  return parts.length > 0 ? `The grid is for ${parts.join(', ')}.` : '';
}

/** A player of this journey: at the stop that the address names, or playing, where motion is welcome; rows begin as data. */
function usePlayer(journey: Journey, at: string | undefined): Player {
  const isOfRows = journey.layers.from === 'rows';
  const player = useMemo(() => {
    const created = new Player(journey.stops, remember);
    const named = Number(at ?? Number.NaN);
    const start = Number.isFinite(named) ? named : isOfRows ? created.last : 0;
    created.position.value = Math.min(created.last, Math.max(0, start));
    return created;
  }, [journey]);
  useEffect(() => {
    const isWelcome = !matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (at === undefined && isWelcome) player.play(isOfRows ? 'backwards' : 'forwards', { restsFirst: true });
    return () => player.dispose();
  }, [player]);
  return player;
}

const placeInAddress = () => new URL(location.href).searchParams.get('at') ?? undefined;

/** Keeps in the address where it stands, without a rendering of the page. */
function remember(position: number): void {
  const url = new URL(location.href);
  url.searchParams.set('at', String(Math.round(100 * position) / 100));
  history.replaceState(history.state, '', url);
}
