import { count } from '../../parts/format.ts';
import { Downloads } from '../downloads.tsx';
import type { Change } from './gestures.ts';
import type { PairTable } from './table.ts';
import { type View, zoom } from './view.ts';

const buttonFactor = 1.5;

interface ToolbarProps {
  readonly name: string;
  readonly table: PairTable;
  readonly shown: readonly boolean[];
  readonly setShown: (shown: readonly boolean[]) => void;
  readonly change: Change;
  readonly reset: () => void;
  readonly toSvg: () => string;
  readonly toPng: () => Promise<Blob>;
}

/** Which series are shown, how close, and the plot as a file. */
export function Toolbar({ name, table, shown, setShown, change, reset, toSvg, toPng }: ToolbarProps) {
  const closer = (factor: number) => (view: View) =>
    zoom(
      view,
      view.map((_, column) => ({ column, at: 0.5 })),
      factor,
    );
  return (
    <div class="pair-toolbar">
      <Legend {...{ table, shown, setShown }} />
      <div class="button-row">
        <button
          type="button"
          class="button small"
          aria-label="Zoom out"
          onClick={() => change(closer(1 / buttonFactor))}
        >
          −
        </button>
        <button type="button" class="button small" aria-label="Zoom in" onClick={() => change(closer(buttonFactor))}>
          +
        </button>
        <button type="button" class="button small" onClick={reset}>
          Reset
        </button>
        <Downloads name={`pair plot of ${name}`} {...{ toSvg, toPng }} />
      </div>
    </div>
  );
}

/** With one series a name; with two, what shows and hides them. */
function Legend({ table: { series }, shown, setShown }: Pick<ToolbarProps, 'table' | 'shown' | 'setShown'>) {
  return (
    <ul class="pair-legend">
      {series.map(({ name, count: points }, index) => (
        <li key={name} class={`pair-series-${index + 1}`}>
          {series.length === 1 ? (
            <span>
              {name} <span class="muted">{count(points)}</span>
            </span>
          ) : (
            <button
              type="button"
              class="pair-toggle"
              aria-pressed={shown[index]}
              onClick={() => setShown(shown.map((isShown, other) => (other === index ? !isShown : isShown)))}
            >
              {name} <span class="muted">{count(points)}</span>
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
