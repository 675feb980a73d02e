import type { Panel } from './layout.ts';
import { type Along, pan, type View, zoom } from './view.ts';

/** From 0 to 1 across a panel, from its left and from its foot. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export type Columns = Pick<Panel, 'across' | 'up'>;
/** From one view to the next. */
export type Move = (view: View) => View;

const keyStep = 0.1;
const keyFactor = 1.25;
const perWheelPixel = 0.0015;
/** Two fingers on a pad are told as a wheel turned with Ctrl, by less. */
const perPinchPixel = 0.01;
const pixelsPerLine = 16;

/** Both columns of a panel, about a place in it or by a way across it. */
const alongBoth = ({ across, up }: Columns, { x, y }: Place): Along[] => [
  { column: across, at: x },
  { column: up, at: y },
];

/** What a key does to a view; undefined: nothing. */
export function byKey(key: string, columns: Columns): Move | undefined {
  const move = (x: number, y: number) => (view: View) => pan(view, alongBoth(columns, { x, y }));
  const close = (factor: number) => (view: View) => zoom(view, alongBoth(columns, { x: 0.5, y: 0.5 }), factor);
  switch (key) {
    case 'ArrowLeft':
      return move(keyStep, 0);
    case 'ArrowRight':
      return move(-keyStep, 0);
    case 'ArrowUp':
      return move(0, -keyStep);
    case 'ArrowDown':
      return move(0, keyStep);
    case '+':
    case '=':
      return close(keyFactor);
    case '-':
      return close(1 / keyFactor);
    default:
      return undefined;
  }
}

interface Wheel {
  readonly deltaY: number;
  /** 1 where lines are told, and not pixels. */
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
}

export function byWheel({ deltaY, deltaMode, ctrlKey }: Wheel, columns: Columns, at: Place) {
  const pixels = deltaMode === 1 ? deltaY * pixelsPerLine : deltaY;
  const factor = Math.exp(-pixels * (ctrlKey ? perPinchPixel : perWheelPixel));
  return (view: View) => zoom(view, alongBoth(columns, at), factor);
}

/** One finger, or the mouse, moves the view; a second one widens or narrows it about the middle of both. */
export function byPointer(before: Place, now: Place, other: Place | undefined, columns: Columns) {
  const still = other ?? before;
  const moved = other ? 0.5 : 1;
  const way = { x: moved * (now.x - before.x), y: moved * (now.y - before.y) };
  const factor = other ? distance(now, still) / distance(before, still) : 1;
  const middle = { x: (now.x + still.x) / 2, y: (now.y + still.y) / 2 };
  return (view: View) => zoom(pan(view, alongBoth(columns, way)), alongBoth(columns, middle), factor);
}

const distance = (a: Place, b: Place) => Math.max(0.02, Math.hypot(a.x - b.x, a.y - b.y));
