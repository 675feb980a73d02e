import type { HTMLAttributes } from 'preact';
import type { Panel } from './layout.ts';
import { type Along, pan, type View, zoom } from './view.ts';

/** From 0 to 1 across a panel, from its left and from its foot. */
interface Place {
  readonly x: number;
  readonly y: number;
}

type Columns = Pick<Panel, 'across' | 'up'>;
export type Change = (to: (view: View) => View) => void;

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
export function byKey(key: string, columns: Columns): ((view: View) => View) | undefined {
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

export function byWheel({ deltaY, deltaMode, ctrlKey }: WheelEvent, columns: Columns, at: Place) {
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

/** The place of an event in the element that listens to it. */
function placeOf({ clientX, clientY }: MouseEvent, element: Element): Place {
  const { left, bottom, width, height } = element.getBoundingClientRect();
  return { x: (clientX - left) / width, y: (bottom - clientY) / height };
}

interface Listeners {
  readonly change: Change;
  readonly reset: () => void;
  /** Where the mouse points while nothing is pressed. */
  readonly point: (place: Place | undefined) => void;
}

/** What a panel listens to. `held` are the fingers that are on it. */
export function gestures(
  columns: Columns,
  held: Map<number, Place>,
  { change, reset, point }: Listeners,
): HTMLAttributes<HTMLDivElement> {
  const release = ({ pointerId }: PointerEvent) => void held.delete(pointerId);
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      held.set(event.pointerId, placeOf(event, event.currentTarget));
      point(undefined);
    },
    onPointerMove: (event) => {
      const now = placeOf(event, event.currentTarget);
      const before = held.get(event.pointerId);
      if (!before) return point(event.pointerType === 'mouse' ? now : undefined);
      const [other] = [...held].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      held.set(event.pointerId, now);
      change(byPointer(before, now, other, columns));
    },
    onPointerUp: release,
    onPointerCancel: release,
    onPointerLeave: () => point(undefined),
    onWheel: (event) => {
      event.preventDefault();
      point(undefined);
      change(byWheel(event, columns, placeOf(event, event.currentTarget)));
    },
    onDblClick: reset,
    onKeyDown: (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const to = byKey(event.key, columns);
      if (!to && event.key !== '0') return;
      event.preventDefault();
      point(undefined);
      if (to) change(to);
      else reset();
    },
  };
}
