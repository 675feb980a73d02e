import type { Engine } from '../engine/engine.ts';
import { float64 } from '../flow/graph/program.ts';
import { ReadyModels, type ServedModel } from './ready-models.ts';
import { type FewRows, scoreTogether, takeTogether } from './together.ts';

/** A model is scored here whose runs of at most so many rows have taken at most so long in a thread, the way there included. */
const timedRows = 16;
const quickMilliseconds = 0.5;
/** After so many runs that were timed: a model that is hardly asked for is not loaded twice. */
const timedRuns = 20;

/** Rows in one run, which takes hardly longer than one of a row. */
const mostRows = 64;

/**
 * Scores few rows by quick models in the calling thread. The way to another thread and back takes longer than such a run, above
 * all where cores are few; but a run keeps this thread from all else, so that nothing slow is run here.
 */
export class Nearby {
  readonly #models: ReadyModels;
  readonly #timed = new WeakMap<ServedModel, { runs: number; fastest: number }>();
  readonly #quick = new WeakSet<ServedModel>();
  readonly #waiting: FewRows[] = [];
  #busy: Promise<void> | undefined;

  /** `modelBytes` is what its models may keep in memory. */
  constructor(engine: Promise<Engine>, modelBytes: number) {
    this.#models = new ReadyModels(engine, modelBytes);
  }

  /** Takes rows, if they are few and their model is quick; it never fails but for all the rows of a run. */
  take(rows: FewRows): boolean {
    if (rows.rowCount > timedRows || !this.#quick.has(rows.model)) return false;
    this.#waiting.push(rows);
    this.#start();
    return true;
  }

  /** Learns how long a run has taken in a thread. */
  observe(model: ServedModel, rowCount: number, milliseconds: number): void {
    if (rowCount > timedRows) return;
    const { runs, fastest } = this.#timed.get(model) ?? { runs: 0, fastest: Number.POSITIVE_INFINITY };
    const timed = { runs: runs + 1, fastest: Math.min(fastest, milliseconds) };
    this.#timed.set(model, timed);
    if (timed.runs >= timedRuns && timed.fastest <= quickMilliseconds) this.#quick.add(model);
  }

  /** Resolves once nothing runs or waits. */
  async drain(): Promise<void> {
    while (this.#busy) await this.#busy;
  }

  #start(): void {
    if (this.#busy || this.#waiting.length === 0) return;
    const batch = takeTogether(this.#waiting, () => mostRows);
    this.#busy = scoreTogether(batch, (model, rows) => this.#logProb(model, rows)).then(() => {
      this.#busy = undefined;
      this.#start();
    });
  }

  async #logProb(model: ServedModel, rows: Float64Array): Promise<Float64Array> {
    const { width, scorer } = await this.#models.get(model);
    const executable = await scorer();
    const { logProb } = await executable.run({ rows: { values: rows, shape: [rows.length / width, width] } });
    return float64(logProb);
  }
}
