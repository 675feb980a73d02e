import type { HTMLAttributes } from 'preact';
import { byKey, byPointer, byWheel, type Columns, type Move, type Place } from './moves.ts';

export type Change = (move: Move) => void;

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
