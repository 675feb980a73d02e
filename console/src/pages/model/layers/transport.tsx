import type { Journey } from './journey.ts';
import type { Player } from './player.ts';

interface TransportProps {
  readonly journey: Journey;
  readonly player: Player;
}

/** What plays the journey, and a mark for each of its stops. */
export function Transport({ journey, player }: TransportProps) {
  const isPlaying = player.isPlaying.value;
  return (
    <div class="layers-transport">
      <button type="button" class="button primary layers-play" onClick={() => player.toggle()}>
        <span class={isPlaying ? 'layers-pause-icon' : 'layers-play-icon'} aria-hidden="true" />
        {isPlaying ? 'Pause' : 'Play'}
      </button>
      <Scrubber journey={journey} player={player} />
      <div class="layers-ends">
        <button
          type="button"
          class="button small"
          aria-label="The layer before"
          onClick={() => player.step('backwards')}
        >
          ←
        </button>
        <button type="button" class="button small" aria-label="The next layer" onClick={() => player.step('forwards')}>
          →
        </button>
      </div>
    </div>
  );
}

function Scrubber({ journey: { stops }, player }: TransportProps) {
  const { last, position, stop } = player;
  return (
    <div class="layers-scrubber">
      <input
        type="range"
        min={0}
        max={last}
        step={0.01}
        value={position.value}
        aria-label="The way from the base to the data"
        aria-valuetext={stops[stop.value].state.name}
        onInput={({ currentTarget }) => player.seek(Number(currentTarget.value))}
      />
      <ol class="layers-marks" aria-hidden="true">
        {stops.map(({ state, isStill }, index) => (
          <li
            key={state.name}
            class={`${isStill ? 'is-still' : ''} ${index === stop.value ? 'is-here' : ''}`}
            title={state.name}
            style={{ left: `${(100 * index) / last}%` }}
          />
        ))}
      </ol>
      <p class="layers-scrubber-ends" aria-hidden="true">
        <span>base</span>
        <span>data</span>
      </p>
    </div>
  );
}

/** Space plays and pauses, the arrows go from stop to stop. */
export function playerKeys(player: Player) {
  return (event: KeyboardEvent) => {
    const act = actions(player)[event.key];
    const target = event.target instanceof Element ? event.target : undefined;
    // What these keys do in a list or on a button stays theirs.
    if (!act || event.ctrlKey || event.metaKey || event.altKey || target?.matches('select, input:not([type=range])'))
      return;
    if (event.key === ' ' && target?.matches('button, a')) return;
    event.preventDefault();
    act();
  };
}

const actions = (player: Player): Readonly<Record<string, () => void>> => ({
  ' ': () => player.toggle(),
  ArrowRight: () => player.step('forwards'),
  ArrowUp: () => player.step('forwards'),
  ArrowLeft: () => player.step('backwards'),
  ArrowDown: () => player.step('backwards'),
  Home: () => player.seek(0),
  End: () => player.seek(player.last),
});
