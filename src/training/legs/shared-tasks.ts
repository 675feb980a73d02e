import type { Logger } from 'pino';
import { newId } from '../../store/ids.ts';
import type { LegStanding } from '../../store/race-legs.ts';
import type { Store } from '../../store/store.ts';
import { TrainingError } from '../errors.ts';
import type { RunControl, RunState, RunTask } from '../run.ts';
import type { Tasks } from '../tasks.ts';
import { decodeProgress, decodeState, encodeState, legTask } from './leg.ts';
import { type OfferedLeg, PendingRun } from './pending-run.ts';
import type { Place, Places } from './places.ts';

export interface Sharing {
  readonly store: Pick<Store, 'raceLegs' | 'news'>;
  readonly log: Logger;
  readonly threads: Tasks;
  readonly places: Places;
  readonly kin: string;
  /** How many flows other processes could train just now. */
  elsewhere(): Promise<number>;
  /** A run that is expected to take less is not worth offering. */
  readonly leastSeconds: number;
}

interface Attempted extends Sharing {
  readonly modelId: string;
  readonly attempt: number;
}

/** How often is looked whether the attempt was asked to stop, and how often at its legs. */
const turnMilliseconds = 200;
const lookMilliseconds = 1000;
/** A worker that has not been heard of for so long, while the database could be reached, is taken for dead. */
const silenceMilliseconds = 10_000;

/**
 * The tasks of one attempt at a model. Flows are trained here while a thread is free; those that wait for one are offered, the last
 * first, to other workers as long as these have threads free. When a thread gets free here first, the flow is taken back. Where a
 * flow is trained changes nothing in what comes of it.
 */
export class SharedTasks implements Tasks, AsyncDisposable {
  readonly #options: Attempted;
  readonly #pending = new Set<PendingRun>();
  readonly #began = performance.now();
  readonly #turns: NodeJS.Timeout;
  readonly #hearing: Disposable;
  /** One after the other: what is seen in the database is still so when it is acted upon. */
  #last: Promise<unknown> = Promise.resolve();
  #looking = false;
  #looked = 0;
  #here = 0;
  #elsewhere = 0;
  /** Whether a leg was ever offered. */
  #shares = false;
  /** What it takes to make the table. */
  #tableSeconds = 0;
  /** Of the flow that was trained here last. */
  #secondsPerStep: number | undefined;

  constructor(options: Attempted) {
    this.#options = options;
    this.#turns = setInterval(() => this.#turn(), turnMilliseconds);
    const look = () => {
      this.#looked = 0;
    };
    this.#hearing = options.store.news.listen({
      happened: ({ what, id }) => what === 'leg.changed' && id === options.modelId && look(),
      missed: look,
    });
  }

  async prepare(task: Parameters<Tasks['prepare']>[0]): ReturnType<Tasks['prepare']> {
    const { places, threads } = this.#options;
    const table = await places.within(() => threads.prepare(task));
    this.#tableSeconds = (performance.now() - this.#began) / 1000;
    return table;
  }

  judge(task: Parameters<Tasks['judge']>[0]): ReturnType<Tasks['judge']> {
    const { places, threads } = this.#options;
    return places.within(() => threads.judge(task));
  }

  async train(task: RunTask, control: RunControl): Promise<RunState> {
    const place = this.#options.places.ask();
    if (place.isHeld) return this.#trainHere(task, control, place);
    const run = new PendingRun(task, control);
    this.#pending.add(run);
    this.#await(run, place);
    return run.result.finally(() => this.#pending.delete(run));
  }

  /** How many times a flow was trained for a stretch, here and elsewhere. */
  stats(): { readonly here: number; readonly elsewhere: number } {
    return { here: this.#here, elsewhere: this.#elsewhere };
  }

  /** Takes back what was offered. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#turns);
    this.#hearing[Symbol.dispose]();
    await this.#last;
    const { store, modelId, attempt, log } = this.#options;
    if (!this.#shares) return;
    await store.raceLegs
      .remove(modelId, attempt)
      .catch((err) => log.warn({ err }, 'legs of a race could not be removed'));
  }

  async #trainHere(task: RunTask, control: RunControl, place: Place): Promise<RunState> {
    const [began, from] = [performance.now(), task.state?.step ?? 0];
    this.#here++;
    try {
      return await this.#options.threads.train(task, {
        ...control,
        onProgress: (progress) => {
          const steps = progress.step - from;
          if (steps > 0) this.#secondsPerStep = (performance.now() - began) / 1000 / steps;
          control.onProgress(progress);
        },
        onState: (state) => control.onState(state),
      });
    } finally {
      place.leave();
    }
  }

  /** Has the run wait for a place here. */
  #await(run: PendingRun, place = this.#options.places.ask()): void {
    run.waitFor(place);
    place.held.then(() => this.#alone(() => this.#begin(run, place)));
  }

  /** With a place that it holds: trains the run here, unless it is being trained elsewhere. */
  async #begin(run: PendingRun, place: Place): Promise<void> {
    if (run.place !== place) return;
    if (run.leg && !(await this.#withdraw(run, run.leg))) return run.waitFor(undefined);
    run.heedStop();
    if (run.isOver) return;
    this.#pending.delete(run);
    run.begin(() => this.#trainHere(run.task, run.control, place));
  }

  /** Takes a leg back, and with it what it has brought. False where a worker has it. */
  async #withdraw(run: PendingRun, { id }: OfferedLeg): Promise<boolean> {
    try {
      const left = await this.#options.store.raceLegs.withdraw(id);
      if (!left) return false;
      if (left.status === 'ended') this.#elsewhere++;
      if (left.error) run.reject(new TrainingError(left.error.code, left.error.message));
      else if (left.state && left.status === 'ended') run.resolve(decodeState(left.state));
      else if (left.state) run.keep(decodeState(left.state));
    } catch (err) {
      // Should it be trained elsewhere as well, the same comes of it.
      this.#options.log.warn({ err, legId: id }, 'the leg of a race could not be withdrawn');
    }
    run.leg = undefined;
    return true;
  }

  #alone(work: () => Promise<void>): void {
    const { log } = this.#options;
    this.#last = this.#last
      .then(work)
      .catch((err) => log.warn({ err }, 'the legs of a race could not be watched over'));
  }

  #turn(): void {
    for (const run of this.#pending) run.heedStop();
    if (this.#pending.size === 0 || this.#looking || performance.now() - this.#looked < lookMilliseconds) return;
    this.#looking = true;
    this.#looked = performance.now();
    this.#alone(async () => {
      try {
        await this.#look();
        await this.#offer();
      } finally {
        this.#looking = false;
      }
    });
  }

  /** Looks how the legs stand that are offered. */
  async #look(): Promise<void> {
    const { store, modelId, attempt } = this.#options;
    const offered = [...this.#pending].filter(({ leg }) => leg);
    if (offered.length === 0) return;
    try {
      const standings = new Map((await store.raceLegs.of(modelId, attempt)).map((leg) => [leg.id, leg]));
      for (const run of offered) if (run.leg && !run.isOver) await this.#see(run, run.leg, standings.get(run.leg.id));
    } catch (error) {
      // Nobody could be heard meanwhile.
      for (const run of offered) if (run.leg) run.leg = { ...run.leg, heardAt: performance.now() };
      throw error;
    }
  }

  async #see(run: PendingRun, leg: OfferedLeg, standing: LegStanding | undefined): Promise<void> {
    const { raceLegs } = this.#options.store;
    if (standing?.status === 'ended') return void (await this.#withdraw(run, leg));
    run.leg = standing && seen(leg, standing);
    if (standing && standing.states > leg.states) {
      const state = await raceLegs.state(leg.id);
      if (state) run.keep(decodeState(state));
    }
    if (standing?.status !== 'taken') {
      if (!run.place) this.#await(run);
      return;
    }
    run.waitFor(undefined);
    const progress = decodeProgress(standing.progress);
    if (progress) run.control.onProgress(progress);
    if (run.leg && performance.now() - run.leg.heardAt > silenceMilliseconds) {
      this.#options.log.warn({ legId: leg.id }, 'the leg of a race is taken back from a worker that is not heard of');
      await raceLegs.takeBack(standing);
    }
  }

  /** Offers runs, the last first, while no more wait to be taken than could be. */
  async #offer(): Promise<void> {
    const secondsPerStep = this.#secondsPerStep;
    if (secondsPerStep === undefined) return;
    const waiting = [...this.#pending].filter(({ place }) => place && !place.isHeld).reverse();
    const secondsOf = (run: PendingRun) => run.expectedSeconds(secondsPerStep);
    const offerable = waiting.filter((run) => !run.leg && secondsOf(run) >= this.#options.leastSeconds);
    const total = waiting.reduce((seconds, run) => seconds + secondsOf(run), 0);
    if (offerable.length === 0 || total < this.#tableSeconds) return;
    const open = waiting.filter(({ leg }) => leg).length;
    const free = (await this.#options.elsewhere()) - open;
    for (const run of offerable.slice(0, Math.max(0, free))) await this.#offerOne(run);
  }

  async #offerOne(run: PendingRun): Promise<void> {
    const { store, modelId, attempt, kin } = this.#options;
    const { task } = run;
    const id = newId();
    const state = task.state && encodeState(task.state);
    const seconds = (task.deadline - Date.now()) / 1000;
    this.#shares = true;
    const leg = { id, modelId, attempt, kin, task: legTask(task), state, seconds };
    if (await store.raceLegs.offer(leg)) run.leg = { id, taking: 0, beats: 0, states: 0, heardAt: performance.now() };
  }
}

function seen(leg: OfferedLeg, { taking, beats, states }: LegStanding): OfferedLeg {
  const isHeard = taking !== leg.taking || beats !== leg.beats;
  return { ...leg, taking, beats, states, ...(isHeard && { heardAt: performance.now() }) };
}
