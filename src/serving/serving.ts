import { Piscina } from 'piscina';
import type { Store } from '../store/store.ts';
import { type LogProbTask, type SampleTask, type ServedModel, sampleBlockRows } from './worker.ts';

/** Rows in one task: enough to be worth the way to a thread, few enough that no task keeps others waiting for long. */
const taskRows = 4096;

/** The artefacts kept in memory, up to about this many bytes; the least recently used are let go. */
const keptArtefactBytes = 256 * 1024 * 1024;

/** Scores rows and draws samples with ready models, in threads of their own. */
export class Serving {
  readonly #store: Store;
  readonly #threads: Piscina<LogProbTask | SampleTask, Float64Array>;
  readonly #models = new Map<string, ServedModel>();

  constructor({ store, threads }: { store: Store; threads: number }) {
    this.#store = store;
    this.#threads = new Piscina({
      filename: new URL('./worker.ts', import.meta.url).href,
      minThreads: 0,
      maxThreads: threads,
      // Threads are kept, with the models that they have made ready.
      idleTimeout: Number.POSITIVE_INFINITY,
    });
  }

  /**
   * The log-density of each row, in nats and the user's units; -Infinity where it is zero. `rows` [rowCount, columns] is
   * row-major. Throws NotFoundError, ConflictError when the model is not ready, ArtefactError when it is damaged.
   */
  async logProb(modelId: string, rows: Float64Array, rowCount: number): Promise<Float64Array> {
    const model = await this.#model(modelId);
    const width = rows.length / rowCount;
    const parts = await Promise.all(
      ranges(rowCount, taskRows).map(([first, count]) =>
        this.#threads.run({ model, rows: rows.slice(first * width, (first + count) * width) }, { name: 'logProb' }),
      ),
    );
    return joined(parts);
  }

  /**
   * Rows [n, columns], row-major, in the user's units. Row i depends on the model, the seed and i alone.
   * Throws as `logProb` does.
   */
  async sample(modelId: string, { n, seed }: { n: number; seed: number }): Promise<Float64Array> {
    const model = await this.#model(modelId);
    const wholeBlocks = Math.ceil(n / sampleBlockRows) * sampleBlockRows;
    const parts = await Promise.all(
      ranges(wholeBlocks, taskRows).map(([firstRow, rowCount]) =>
        this.#threads.run({ model, seed, firstRow, rowCount }, { name: 'sample' }),
      ),
    );
    const rows = joined(parts);
    return rows.subarray(0, n * (rows.length / wholeBlocks));
  }

  /** Lets go of a model that was deleted. */
  forget(modelId: string): void {
    this.#models.delete(modelId);
  }

  /** Finishes what is running and lets the threads go. */
  async close(): Promise<void> {
    await this.#threads.close();
  }

  async #model(id: string): Promise<ServedModel> {
    const model = this.#models.get(id) ?? { id, artefact: shared(await this.#store.models.artefact(id)) };
    this.#models.delete(id);
    this.#models.set(id, model);
    let bytes = 0;
    for (const { artefact } of this.#models.values()) bytes += artefact.length;
    for (const [oldest, { artefact }] of this.#models) {
      if (bytes <= keptArtefactBytes || oldest === id) break;
      this.#models.delete(oldest);
      bytes -= artefact.length;
    }
    return model;
  }
}

/** The same bytes where every thread can read them. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function ranges(total: number, size: number): [first: number, count: number][] {
  return Array.from({ length: Math.ceil(total / size) }, (_, index) => [
    index * size,
    Math.min(size, total - index * size),
  ]);
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
