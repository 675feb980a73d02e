import { scaleLinear, scaleUtc } from 'd3-scale';
import { type PairColumn, toPosition, toValue } from './column.ts';
import type { Interval } from './view.ts';

export interface Tick {
  /** From 0 to 1 across what is seen. */
  readonly at: number;
  readonly text: string;
}

/** What stands along an axis that is `length` pixels long, each about `room` pixels away from the next. */
export function ticksOf(column: PairColumn, interval: Interval, length: number, room: number): Tick[] {
  const most = Math.max(2, Math.floor(length / room));
  const [low, high] = interval.map((position) => toValue(column, position));
  const at = (value: number) => (toPosition(column, value) - interval[0]) / (interval[1] - interval[0]);
  if (column.kind === 'category') return categoryTicks(column, most, at);
  if (column.kind === 'date') {
    const scale = scaleUtc().domain([low, high]);
    const text = scale.tickFormat(most);
    return scale.ticks(most).map((date) => ({ at: at(date.getTime()), text: text(date) }));
  }
  const scale = scaleLinear().domain([low, high]);
  const text = scale.tickFormat(most, Math.max(Math.abs(low), Math.abs(high)) >= 1e5 ? '~s' : undefined);
  return scale.ticks(most).map((value) => ({ at: at(value), text: value === 0 ? '0' : text(value) }));
}

/** The names of the categories that are seen; of many every second one, or third. */
function categoryTicks({ categories }: PairColumn, most: number, at: (value: number) => number): Tick[] {
  const seen = categories
    .map((text, place) => ({ at: at(place + 0.5), text, place }))
    .filter((tick) => tick.at >= 0 && tick.at <= 1);
  const step = Math.ceil(seen.length / most);
  return seen.filter(({ place }) => place % step === 0).map(({ at: where, text }) => ({ at: where, text }));
}

/** A text that has to do with so many characters. */
export const shortened = (text: string, most: number) =>
  text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1)).trimEnd()}…`;
