import { computed, signal } from '@preact/signals';
import type { Stop } from './journey.ts';

/** Seconds that a layer takes, and the whole way at least and at most. */
const perLayer = 0.65;
const shortest = 4;
const longest = 13;
/** What a step takes that moves nothing to be seen, as a part of another. */
const still = 0.12;
/** How long it stays at either end. */
const restSeconds = 1.4;
/** With so many layers there is no rest at each: the whole way is one movement. */
const manySteps = 14;

export type Direction = 'forwards' | 'backwards';

/** Where a journey is: it plays to the end, rests, and turns back. Position 2.5 is half-way from stop 2 to stop 3. */
export class Player {
  readonly position = signal(0);
  readonly isPlaying = signal(false);
  readonly direction = signal<Direction>('forwards');
  readonly speed = signal(1);
  /** Which way it moves now; undefined while it rests. */
  readonly moving = signal<Direction | undefined>(undefined);
  /** The stop to which it goes, or where it is: that of the layer which is at work. */
  readonly stop = computed(() => Math.ceil(this.position.value - 1e-6));
  readonly last: number;
  readonly #weights: readonly number[];
  readonly #secondsEach: number;
  readonly #eases: boolean;
  readonly #onRest: (position: number) => void;
  #frame: number | undefined;
  #before = 0;
  #rested = 0;

  /** `onRest` is told whenever it stops where its user wants it. */
  constructor(stops: readonly Stop[], onRest: (position: number) => void = () => {}) {
    this.#onRest = onRest;
    this.last = stops.length - 1;
    this.#weights = stops.slice(1).map(({ isStill }) => (isStill ? still : 1));
    const total = this.#weights.reduce((sum, weight) => sum + weight, 0) || 1;
    this.#secondsEach = Math.min(longest, Math.max(shortest, perLayer * total)) / total;
    this.#eases = stops.length <= manySteps;
  }

  /** The position as it is drawn: between stops it gathers speed and slows down. */
  get drawn(): number {
    const position = this.position.value;
    const from = Math.floor(position);
    const t = position - from;
    return this.#eases ? from + t * t * (3 - 2 * t) : position;
  }

  play(direction: Direction = this.direction.value, { restsFirst = false } = {}): void {
    const end = direction === 'forwards' ? this.last : 0;
    // From where there is nothing left to go it goes the other way.
    const isAtEnd = Math.abs(this.position.value - end) < 1e-6;
    this.direction.value = isAtEnd ? opposite(direction) : direction;
    this.isPlaying.value = true;
    this.#rested = restsFirst ? 0 : restSeconds;
    this.#before = performance.now();
    this.#frame ??= requestAnimationFrame((now) => this.#tick(now));
  }

  pause(): void {
    this.#halt();
    this.#onRest(this.position.value);
  }

  toggle(): void {
    if (this.isPlaying.value) this.pause();
    else this.play();
  }

  /** Goes there at once and stays. */
  seek(position: number): void {
    this.#halt();
    this.position.value = Math.min(this.last, Math.max(0, position));
    this.#onRest(this.position.value);
  }

  /** To the next stop, or the one before. */
  step(direction: Direction): void {
    const here = this.position.value;
    this.seek(direction === 'forwards' ? Math.floor(here + 1 + 1e-6) : Math.ceil(here - 1 - 1e-6));
  }

  dispose(): void {
    this.#halt();
  }

  #halt(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.isPlaying.value = false;
    this.moving.value = undefined;
  }

  #tick(now: number): void {
    // After a while out of sight it goes on where it was.
    const seconds = Math.min(0.1, (now - this.#before) / 1000);
    this.#before = now;
    this.advance(seconds);
    this.#frame = requestAnimationFrame((next) => this.#tick(next));
  }

  /** What so many seconds of playing do. */
  advance(seconds: number): void {
    if (this.#rested < restSeconds) {
      this.#rested += seconds;
      return;
    }
    const direction = this.direction.value;
    this.moving.value = direction;
    const sign = direction === 'forwards' ? 1 : -1;
    const here = this.position.value;
    const step = direction === 'forwards' ? Math.floor(here) : Math.ceil(here) - 1;
    const weight = this.#weights[step] ?? 1;
    const next = here + (sign * seconds * this.speed.value) / (weight * this.#secondsEach);
    this.position.value = Math.min(this.last, Math.max(0, next));
    if (next > 0 && next < this.last) return;
    this.direction.value = opposite(direction);
    this.moving.value = undefined;
    this.#rested = 0;
  }
}

const opposite = (direction: Direction): Direction => (direction === 'forwards' ? 'backwards' : 'forwards');
