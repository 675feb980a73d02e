import { Stopped } from '../errors.ts';
import type { RunControl, RunState, RunTask } from '../run.ts';
import type { Place } from './places.ts';

/** A run as it is offered to others, and what was seen of it last. */
export interface OfferedLeg {
  readonly id: string;
  readonly taking: number;
  readonly beats: number;
  /** How many of its states are known. */
  readonly states: number;
  /** When its worker was last heard of. */
  readonly heardAt: number;
}

/** A run that had to wait for a thread: for a place here, for a worker elsewhere, or for both. */
export class PendingRun {
  readonly control: RunControl;
  readonly result: Promise<RunState>;
  /** Where it is offered, or being trained, elsewhere. */
  leg: OfferedLeg | undefined;
  readonly #settle: PromiseWithResolvers<RunState>;
  #task: RunTask;
  #place: Place | undefined;
  #isOver = false;

  constructor(task: RunTask, control: RunControl) {
    this.#task = task;
    this.control = control;
    this.#settle = Promise.withResolvers();
    this.result = this.#settle.promise;
  }

  /** From where it has come to. */
  get task(): RunTask {
    return this.#task;
  }

  get place(): Place | undefined {
    return this.#place;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Waits for this place, or for none, instead of the one before. */
  waitFor(place: Place | undefined): void {
    this.#place?.leave();
    this.#place = place;
  }

  /** Notes where it has come to elsewhere. */
  keep(state: RunState): void {
    this.#task = { ...this.#task, state };
    this.control.onState(state);
  }

  /** Is trained here, by what gives the place back that it holds. */
  begin(train: () => Promise<RunState>): void {
    this.#place = undefined;
    this.resolve(train());
  }

  resolve(result: RunState | Promise<RunState>): void {
    this.#isOver = true;
    this.waitFor(undefined);
    this.#settle.resolve(result);
  }

  reject(error: Error): void {
    this.#isOver = true;
    this.waitFor(undefined);
    this.#settle.reject(error);
  }

  /** Where it was asked to stop, it does not begin any more. */
  heedStop(): void {
    if (Atomics.load(this.control.stop, 0) === 1) this.reject(new Stopped());
  }

  /** How long it is expected to take, where a flow for which nothing is known takes so long for a step. */
  expectedSeconds(secondsPerStep: number): number {
    const { state, until } = this.#task;
    const own = state && state.step > 0 ? state.seconds / state.step : secondsPerStep;
    return own * (until - (state?.step ?? 0));
  }
}
