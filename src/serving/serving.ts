import { Piscina } from 'piscina';
import type { EngineName } from '../engine/engines.ts';
import type { Encoding } from '../flow/encoding/encoding.ts';
import { type CalibrationScores, decodeCalibration, decodeDensity } from '../store/density-artefact.ts';
import { ConflictError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import type { OnnxProgram } from './onnx-file.ts';
import { type logProb, type onnx, type ServedModel, type sample, sampleBlockRows } from './worker.ts';

/** What the threads do, by name. */
interface Tasks {
  readonly logProb: typeof logProb;
  readonly sample: typeof sample;
  readonly onnx: typeof onnx;
}

/** Rows in one task: enough to be worth the way to a thread, few enough that no task keeps others waiting for long. */
const taskRows = 1024;

/** The artefacts kept in memory, up to about this many bytes; the least recently used are let go. */
const keptArtefactBytes = 256 * 1024 * 1024;

/** For so long after a model was asked for in the database, it is taken to be there still. */
const trustedMilliseconds = 1000;

export interface SampleRequest {
  readonly n: number;
  readonly seed: number;
  /** A value for each context column of the model, in the user's units. */
  readonly context?: readonly number[];
}

/** A model as the threads get it, and what this thread has to know of it. */
interface KnownModel {
  readonly served: ServedModel;
  readonly encoding: Encoding;
  readonly calibration: CalibrationScores | undefined;
}

/** Scores rows and draws samples with ready models, in threads of their own. */
export class Serving {
  readonly #store: Store;
  readonly #threads: Piscina;
  readonly #models = new Map<string, { model: Promise<KnownModel>; asked: number }>();

  constructor({ store, engine, threads }: { store: Store; engine: EngineName; threads: number }) {
    this.#store = store;
    this.#threads = new Piscina({
      filename: new URL('./worker.ts', import.meta.url).href,
      workerData: engine,
      // All from the start, and kept with the models that they have made ready: no request waits for a thread to begin.
      minThreads: threads,
      maxThreads: threads,
    });
  }

  /**
   * The columns of a ready model and its context, in order, and what their codes are. Throws NotFoundError, and ConflictError
   * when the model is not ready.
   */
  async encoding(modelId: string): Promise<Encoding> {
    return (await this.#model(modelId)).encoding;
  }

  /**
   * How a ready model scores rows that it was not trained on. Throws as `encoding` does, and ConflictError where the model was
   * trained before such scores were kept.
   */
  async calibration(modelId: string): Promise<CalibrationScores> {
    const { calibration } = await this.#model(modelId);
    if (calibration) return calibration;
    throw new ConflictError(
      'not-calibrated',
      `the model ${modelId} has no calibration scores, since an earlier version of this service trained it: train it again`,
    );
  }

  /**
   * The log-density of each row, in nats and the user's units; -Infinity where it is zero. `rows` [rowCount, columns +
   * context] is row-major. Throws NotFoundError, ConflictError when the model is not ready, ArtefactError when it is damaged.
   */
  async logProb(modelId: string, rows: Float64Array, rowCount: number): Promise<Float64Array> {
    const { served: model } = await this.#model(modelId);
    const width = rows.length / rowCount;
    const parts = await Promise.all(
      ranges(rowCount, taskRows).map(([first, count]) =>
        this.#run('logProb', { model, rows: rows.slice(first * width, (first + count) * width) }),
      ),
    );
    return joined(parts);
  }

  /**
   * Rows [n, columns], row-major, in the user's units. Row i depends on the model, the seed, the context and i alone.
   * Throws as `logProb` does.
   */
  async sample(modelId: string, { n, seed, context = [] }: SampleRequest): Promise<Float64Array> {
    const { served: model } = await this.#model(modelId);
    const wholeBlocks = Math.ceil(n / sampleBlockRows) * sampleBlockRows;
    const parts = await Promise.all(
      ranges(wholeBlocks, taskRows).map(([firstRow, rowCount]) =>
        this.#run('sample', { model, seed, firstRow, rowCount, context }),
      ),
    );
    const rows = joined(parts);
    return rows.subarray(0, n * (rows.length / wholeBlocks));
  }

  /** The model as a self-contained ONNX file. Throws as `logProb` does. */
  async onnx(modelId: string, program: OnnxProgram): Promise<Uint8Array> {
    return this.#run('onnx', { model: (await this.#model(modelId)).served, program });
  }

  /** Lets go of a model that was deleted. */
  forget(modelId: string): void {
    this.#models.delete(modelId);
  }

  /** Finishes what is running and lets the threads go. */
  async close(): Promise<void> {
    await this.#threads.close();
  }

  #run<Name extends keyof Tasks>(
    name: Name,
    task: Parameters<Tasks[Name]>[0],
  ): Promise<Awaited<ReturnType<Tasks[Name]>>> {
    return this.#threads.run(task, { name });
  }

  #model(id: string): Promise<KnownModel> {
    const known = this.#models.get(id);
    const now = performance.now();
    if (known && now - known.asked < trustedMilliseconds) return known.model;
    const entry = { model: this.#load(id, known?.model), asked: now };
    // A Map keeps the order of insertion: its first entry is the one asked for least recently.
    this.#models.delete(id);
    this.#models.set(id, entry);
    entry.model.then(
      () => this.#trim(),
      () => this.#models.get(id) === entry && this.#models.delete(id),
    );
    return entry.model;
  }

  /** The artefact of a ready model never changes; whether the model is still there has to be asked. */
  async #load(id: string, earlier: Promise<KnownModel> | undefined): Promise<KnownModel> {
    const { name, columns, context } = await this.#store.models.getReady(id);
    const kept = await earlier?.catch(() => undefined);
    if (kept) return kept;
    const artefact = shared(await this.#store.models.artefact(id));
    const { encoding } = decodeDensity(artefact);
    return { served: { id, name, columns, context, artefact }, encoding, calibration: decodeCalibration(artefact) };
  }

  async #trim(): Promise<void> {
    let bytes = 0;
    for (const [id, { model }] of [...this.#models].reverse()) {
      bytes += (await model.catch(() => undefined))?.served.artefact.length ?? 0;
      if (bytes > keptArtefactBytes) this.#models.delete(id);
    }
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
