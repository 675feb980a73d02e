import { useEffect, useMemo } from 'preact/hooks';
import { Select } from '../../../parts/select.tsx';
import { Caption } from './caption.tsx';
import { LayersFigure } from './figure.tsx';
import { type Journey, journeyOf, type Layers } from './journey.ts';
import { Player } from './player.ts';
import { playerKeys, Transport } from './transport.tsx';

interface StageProps {
  readonly body: Layers;
  readonly others: Layers | undefined;
  readonly at: string | undefined;
  readonly showsGrid: boolean;
  readonly name: string;
}

/** The journey, what plays it, and what is said of it. */
export function Stage({ body, others, at, showsGrid, name }: StageProps) {
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
function gridNote({ grid: { given, centred } }: Layers): string {
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

/** Keeps in the address where it stands, without a rendering of the page. */
function remember(position: number): void {
  const url = new URL(location.href);
  url.searchParams.set('at', String(Math.round(100 * position) / 100));
  history.replaceState(history.state, '', url);
}
