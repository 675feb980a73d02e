import type { Logger } from 'pino';
import type { EngineName } from '../engine/engines.ts';
import { ArtefactError } from '../store/artefact.ts';
import { encodeDensity } from '../store/density-artefact.ts';
import { eventually } from '../store/eventually.ts';
import type { Model } from '../store/model.ts';
import type { Store } from '../store/store.ts';
import type { Origin } from '../telemetry/origin.ts';
import { noTracing, type Span, type Tracing } from '../telemetry/tracing.ts';
import { attemptAttributes } from './attempt-attributes.ts';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import { TrainingError } from './errors.ts';
import { type Fit, type FitState, fit, type Progress } from './fit.ts';
import { kinOf } from './legs/leg.ts';
import { LegWorker } from './legs/leg-worker.ts';
import { Places } from './legs/places.ts';
import { SharedTasks, type Sharing } from './legs/shared-tasks.ts';
import { raceOf, readProblem } from './problem.ts';
import type { Round } from './race.ts';
import { type RaceRecord, raceRecord } from './race-record.ts';
import type { Tasks } from './tasks.ts';
import { TrainingThreads } from './threads.ts';

interface TrainerOptions {
  readonly store: Store;
  readonly log: Logger;
  readonly tracing?: Tracing;
  readonly engine: EngineName;
  readonly threads: number;
  /** How many flows other processes could train just now; none where it is not given. */
  readonly elsewhere?: Sharing['elsewhere'];
  /** Flows that are expected to train for less are trained here. */
  readonly leastSeconds?: number;
  /** How often is told how far the flows of others are that are trained here. */
  readonly beatMilliseconds?: number;
}

/** Shorter legs would cost about as much as they save. */
const leastSharedSeconds = 1;
const usualBeatMilliseconds = 1000;

/** Trains models: reads their rows, has threads fit them, and records how it goes and what comes of it. */
export class Trainer {
  /** What it trains of the races of other processes. */
  readonly legs: LegWorker;
  readonly #store: Store;
  readonly #log: Logger;
  readonly #tracing: Tracing;
  readonly #threads: TrainingThreads;
  readonly #sharing: Sharing;
  /** What asks each running fit to stop. */
  readonly #running = new Set<Int32Array>();
  readonly #attempts = new Set<Promise<void>>();
  #closing = false;
  #rows = 0;

  constructor({ store, log, tracing = noTracing, engine, threads, beatMilliseconds, ...options }: TrainerOptions) {
    this.#store = store;
    this.#log = log;
    this.#tracing = tracing;
    this.#threads = new TrainingThreads({ engine, threads });
    const common = { store, log, threads: this.#threads, places: new Places(threads), kin: kinOf(engine) };
    this.#sharing = { ...common, elsewhere: async () => 0, leastSeconds: leastSharedSeconds, ...options };
    this.legs = new LegWorker({ ...common, beatMilliseconds: beatMilliseconds ?? usualBeatMilliseconds });
  }

  /**
   * Trains one model to a final state. Throws when that was not possible for a reason that is not the model's own (such
   * as a database out of reach, `signal`, or the trainer being closed): then it should be tried again. A training that runs
   * goes on while the database is out of reach, and waits for it with its result. `advanced` is called once there is more to
   * go on from than before.
   */
  async train(
    modelId: string,
    signal: AbortSignal,
    { reqId, traceparent, advanced = async () => {} }: Origin & { advanced?: () => Promise<void> } = {},
  ): Promise<void> {
    const attempt = this.#train(modelId, signal, { reqId, traceparent, advanced });
    this.#attempts.add(attempt);
    await attempt.finally(() => this.#attempts.delete(attempt));
  }

  async #train(
    modelId: string,
    signal: AbortSignal,
    { reqId, traceparent, advanced }: Origin & Pick<StartedAttempt, 'advanced'>,
  ): Promise<void> {
    const started = await this.#store.models.startAttempt(modelId);
    if (!started) return;
    const attributes = attemptAttributes(started.model, started.attempt);
    await this.#tracing.span('train', { attributes, parent: traceparent }, async (span) => {
      const log = this.#log.child({ reqId, modelId, attempt: started.attempt, traceId: span.traceId });
      await this.#attempt({ ...started, signal, log, span, advanced });
    });
  }

  async #attempt({ signal, ...started }: StartedAttempt): Promise<void> {
    const { log, span } = started;
    const begun = performance.now();
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const interrupt = () => Atomics.store(stop, 0, 1);
    const onRows = (count: number) => {
      this.#rows += count;
    };
    this.#running.add(stop);
    if (this.#closing) interrupt();
    this.legs.forgetUnused();
    signal.addEventListener('abort', interrupt);
    let end: End = { outcome: 'broken-off' };
    const { model, attempt: number } = started;
    await using tasks = new SharedTasks({ ...this.#sharing, log, modelId: model.id, attempt: number });
    const attempt = new Attempt({ store: this.#store, tasks, ...started, stop, onRows });
    const hearing = this.#store.news.listen({
      happened: ({ what, id }) => what === 'model.cancelled' && id === started.model.id && attempt.cancel(),
      missed() {},
    });
    try {
      end = await attempt.run();
    } finally {
      hearing[Symbol.dispose]();
      span.set({ 'pushforward.outcome': end.outcome });
      const seconds = (performance.now() - begun) / 1000;
      log.info({ ...end, seconds, legs: tasks.stats() }, 'training ended');
      signal.removeEventListener('abort', interrupt);
      this.#running.delete(stop);
    }
  }

  /** The models in training here and now, and the rows of all batches since the start. */
  stats(): { readonly training: number; readonly rows: number } {
    return { training: this.#running.size, rows: this.#rows };
  }

  /** Stops what is running at the next chance (their `train` calls throw) and lets the threads go. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const stop of this.#running) Atomics.store(stop, 0, 1);
    await Promise.allSettled([this.legs.close(), ...this.#attempts]);
    await this.#threads.close();
  }
}

/** What a killed process loses of its work, at most. */
const checkpointMilliseconds = 5000;

/** How an attempt came to its end; after `broken-off` there will be another, after `stale` there is one already. */
interface End {
  readonly outcome: 'ready' | 'failed' | 'cancelled' | 'stale' | 'broken-off';
  /** Why it failed. */
  readonly code?: string;
  readonly testLogProb?: number;
}

interface StartedAttempt {
  readonly model: Model;
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly span: Span;
  advanced(): Promise<void>;
}

interface AttemptOptions extends Omit<StartedAttempt, 'signal'> {
  readonly store: Store;
  readonly tasks: Tasks;
  readonly stop: Int32Array;
  onRows(count: number): void;
}

/** One attempt at training a model, from where the last one came to. */
class Attempt {
  readonly #options: AttemptOptions;
  readonly #race: RaceRecord | undefined;
  readonly #reports: Latest<Progress>;
  readonly #checkpoints: Latest<FitState>;
  #rounds: readonly Round[] = [];
  #from: FitState | undefined;
  #state: FitState | undefined;
  #hasAdvanced = false;
  #checkpointed = performance.now();
  #verdict: Verdict = 'continue';

  constructor(options: AttemptOptions) {
    const { model, log } = options;
    this.#options = options;
    this.#race = raceOf(model);
    // Training goes on when one of these fails: the next may get through, and the result is written in a transaction of its own.
    const failed = (err: unknown) => log.warn({ err }, 'the progress of a training could not be stored');
    this.#reports = new Latest((progress) => this.#report(progress), failed);
    this.#checkpoints = new Latest((state) => this.#checkpoint(state), failed);
  }

  async run(): Promise<End> {
    const { store, model, span, tasks, log, stop, onRows } = this.#options;
    const problem = await readProblem(store, model);
    if (!problem) return this.#fail('dataset-gone', 'Its dataset was deleted');
    span.set({ 'pushforward.rows': problem.rows.values.length / problem.rows.columns.length });
    const from = await this.#lastCheckpoint();
    this.#from = from;
    this.#rounds = from?.rounds ?? [];
    log.info({ step: stepsOf(from) }, from ? 'training taken up again' : 'training started');
    try {
      const result = await fit(tasks, problem, {
        stop,
        from,
        onProgress: (progress) => this.#reports.put(progress),
        onRows,
        onRound: (rounds) => {
          this.#rounds = rounds;
        },
        onState: (state) => this.#keep(state),
      });
      await this.#settled();
      return result ? await this.#complete(result) : await this.#stopped();
    } catch (error) {
      await this.#settled();
      if (!(error instanceof TrainingError)) throw error;
      return this.#fail(error.code, error.message);
    }
  }

  /** Stops it, as it would stop itself where it next records how far it is. */
  cancel(): void {
    this.#heed('cancel');
  }

  async #fail(code: string, message: string): Promise<End> {
    const { store, model, attempt } = this.#options;
    const kept = await this.#ending(() => store.models.fail(model.id, attempt, { code, message }));
    return kept ? { outcome: 'failed', code } : { outcome: 'stale' };
  }

  /** Where to go on from; a checkpoint that cannot be read costs the steps, not the model. */
  async #lastCheckpoint(): Promise<FitState | undefined> {
    const { store, log, model } = this.#options;
    const bytes = await store.models.checkpoint(model.id);
    try {
      return bytes && decodeCheckpoint(bytes);
    } catch (error) {
      if (!(error instanceof ArtefactError)) throw error;
      log.warn({ err: error }, 'a checkpoint cannot be used: training starts from the beginning');
      return undefined;
    }
  }

  #keep(state: FitState): void {
    this.#state = state;
    if (performance.now() - this.#checkpointed < checkpointMilliseconds) return;
    this.#checkpointed = performance.now();
    this.#checkpoints.put(state);
  }

  async #report(progress: Progress): Promise<void> {
    const { store, model, attempt } = this.#options;
    this.#heed(await store.models.recordProgress(model.id, attempt, progress, this.#raceSoFar()));
  }

  async #checkpoint(state: FitState): Promise<void> {
    const { store, model, attempt } = this.#options;
    if (!(await store.models.saveCheckpoint(model.id, attempt, encodeCheckpoint(state)))) return this.#heed('stale');
    if (this.#hasAdvanced || !isBeyond(state, this.#from)) return;
    await this.#options.advanced();
    this.#hasAdvanced = true;
  }

  /** The end of an attempt is worth waiting for a database that is out of reach, while nothing else asks to stop. */
  #ending<Result>(work: () => Promise<Result>): Promise<Result> {
    return eventually(work, () => Atomics.load(this.#options.stop, 0) === 1);
  }

  #heed(verdict: Verdict): void {
    if (this.#verdict === 'continue') this.#verdict = verdict;
    if (verdict !== 'continue') Atomics.store(this.#options.stop, 0, 1);
  }

  #raceSoFar(): RaceRecord | undefined {
    return this.#race && raceRecord(this.#race.candidates, this.#rounds);
  }

  async #settled(): Promise<void> {
    await this.#reports.settled();
    await this.#checkpoints.settled();
  }

  async #complete({ density, metrics, progress, training, winners, warnings, calibrationScores }: Fit): Promise<End> {
    const { store, model, attempt } = this.#options;
    const flows = density.members.map(({ spec }) => spec);
    const result = {
      artefact: encodeDensity(density, calibrationScores),
      metrics,
      progress,
      training,
      parameterCount: density.members.reduce((total, { parameters }) => total + parameters.length, 0),
      warnings: [...model.warnings, ...warnings],
      ...(this.#race && {
        flow: flows.length === 1 ? flows[0] : { ensemble: flows },
        race: raceRecord(this.#race.candidates, this.#rounds, winners),
      }),
    };
    // Where an earlier try was committed and its answer lost, the next finds the model ready and changes nothing.
    const kept = await this.#ending(() => store.models.complete(model.id, attempt, result));
    return kept ? { outcome: 'ready', testLogProb: metrics.testLogProb } : { outcome: 'stale' };
  }

  async #stopped(): Promise<End> {
    const { store, model, attempt } = this.#options;
    if (this.#verdict === 'stale') return { outcome: 'stale' };
    if (this.#verdict === 'cancel') {
      await store.models.markCancelled(model.id, attempt);
      return { outcome: 'cancelled' };
    }
    if (this.#state) this.#checkpoints.put(this.#state);
    await this.#settled();
    throw new Error('Training was interrupted before its end');
  }
}

type Verdict = Awaited<ReturnType<Store['models']['recordProgress']>>;

/** Whether one state of a fit is further than an earlier one. */
const isBeyond = (state: FitState, from: FitState | undefined) =>
  stepsOf(state) > stepsOf(from) || state.rounds.length > (from?.rounds.length ?? 0);

const stepsOf = (state: FitState | undefined) =>
  [...(state?.runs.values() ?? [])].reduce((total, { step }) => total + step, 0);

/** Passes values on one at a time, the newest first; what comes in meanwhile replaces what waits. */
class Latest<Value> {
  readonly #write: (value: Value) => Promise<void>;
  readonly #failed: (error: unknown) => void;
  #waiting: Value | undefined;
  #writing: Promise<void> | undefined;

  constructor(write: (value: Value) => Promise<void>, failed: (error: unknown) => void) {
    this.#write = write;
    this.#failed = failed;
  }

  put(value: Value): void {
    this.#waiting = value;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Waits until the last value is written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting !== undefined) {
      const value = this.#waiting;
      this.#waiting = undefined;
      await this.#write(value).catch(this.#failed);
    }
  }
}
