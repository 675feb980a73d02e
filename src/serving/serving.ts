import { Piscina } from 'piscina';
import { type EngineName, engineNamed } from '../engine/engines.ts';
import type { Encoding } from '../flow/encoding/encoding.ts';
import { type CalibrationScores, decodeCalibration, decodeDensity } from '../store/density-artefact.ts';
import { ConflictError, NotFoundError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { joinedNumbers } from '../table/joined-numbers.ts';
import { noTracing, type Tracing } from '../telemetry/tracing.ts';
import { movedBytes, ranges, sampleBlockRows } from './blocks.ts';
import { Nearby } from './nearby.ts';
import type { OnnxProgram } from './onnx-file.ts';
import type { ServedModel } from './ready-models.ts';
import { type Call, Schedule } from './schedule.ts';
import type { ThreadOptions } from './worker.ts';

/** The task that a thread works at, and the next. */
const tasksPerThread = 2;

/** Samples drawn in one run. */
const drawnRows = 4 * sampleBlockRows;

/** The artefacts kept in memory, up to about this many bytes; the least recently used are let go. */
const keptArtefactBytes = 256 * 1024 * 1024;

/** For so long after a model was asked for in the database, it is taken to be there still. */
const trustedMilliseconds = 1000;

export interface SampleRequest {
  readonly n: number;
  readonly seed: number;
  /** The first row to be drawn, a multiple of `sampleBlockRows`: 0 where nothing is said. */
  readonly first?: number;
  /** A value for each context column of the model, in the user's units. */
  readonly context?: readonly number[];
  /** How far from the centre of their base numbers are drawn: 1 where nothing is said. See `Scope`. */
  readonly temperature?: number;
}

export interface ServingOptions {
  readonly store: Store;
  readonly tracing?: Tracing;
  readonly engine: EngineName;
  readonly threads: number;
  /** What the models made ready in all threads may take, about. */
  readonly modelBytes?: number;
  /** How long rows may wait for a thread. */
  readonly timeoutSeconds?: number;
}

export interface ServingStats {
  readonly waiting: number;
  readonly running: number;
  readonly models: number;
  readonly artefactBytes: number;
  /** How often a model that was asked for had its artefact in memory, and how often that was read. */
  readonly hits: number;
  readonly misses: number;
}

/** A model as the threads get it, and what this thread has to know of it. */
interface KnownModel {
  readonly served: ServedModel;
  readonly name: string;
  readonly encoding: Encoding;
  readonly calibration: CalibrationScores | undefined;
  readonly others: readonly string[];
}

interface Entry {
  readonly model: Promise<KnownModel>;
  readonly asked: number;
  /** Of its artefact, once it is there. */
  bytes: number;
}

/** Scores rows and draws samples with ready models, in threads of their own. */
export class Serving {
  readonly #store: Store;
  readonly #tracing: Tracing;
  readonly #threads: Piscina;
  readonly #schedule: Schedule;
  readonly #nearby: Nearby;
  readonly #models = new Map<string, Entry>();
  #hits = 0;
  #misses = 0;

  constructor({
    store,
    tracing = noTracing,
    engine,
    threads,
    modelBytes = 2 ** 30,
    timeoutSeconds = 60,
  }: ServingOptions) {
    this.#store = store;
    this.#tracing = tracing;
    const bytesEach = modelBytes / (threads + 1);
    const options: ThreadOptions = { engine, modelBytes: bytesEach };
    this.#nearby = new Nearby(engineNamed(engine), bytesEach);
    this.#threads = new Piscina({
      filename: new URL('./worker.ts', import.meta.url).href,
      workerData: options,
      // All from the start, and kept with the models that they have made ready: no request waits for a thread to begin.
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: tasksPerThread,
    });
    const call: Call = (name, task) => this.#threads.run(task, { name, transferList: moved(task) });
    this.#schedule = new Schedule(call, { threads: threads * tasksPerThread, timeoutSeconds, nearby: this.#nearby });
  }

  /**
   * The columns of a ready model and its context, in order, and what their codes are. Throws NotFoundError, and ConflictError
   * when the model is not ready.
   */
  async encoding(modelId: string): Promise<Encoding> {
    return (await this.#model(modelId)).encoding;
  }

  /** The names of the other columns of the table that a ready model was trained on, as far as it is still stored. Throws as `encoding` does. */
  async otherColumns(modelId: string): Promise<readonly string[]> {
    return (await this.#model(modelId)).others;
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
   * context] is row-major. Throws NotFoundError, ConflictError when the model is not ready, ArtefactError when it is damaged,
   * InferenceTimeoutError when the rows wait too long for a thread.
   */
  async logProb(modelId: string, rows: Float64Array, rowCount: number): Promise<Float64Array> {
    return this.#tracing.span('log-prob', { attributes: attributesOf(modelId, rowCount) }, async () => {
      const { served } = await this.#model(modelId);
      return this.#schedule.logProb(served, rows, rowCount);
    });
  }

  /**
   * Rows first .. first + n - 1, [n, columns], row-major, in the user's units. Row i depends on the model, the seed, the
   * context and i alone. Throws as `logProb` does.
   */
  async sample(modelId: string, request: SampleRequest): Promise<Float64Array> {
    return this.#tracing.span('sample', { attributes: attributesOf(modelId, request.n) }, () =>
      this.#sample(modelId, request),
    );
  }

  async #sample(
    modelId: string,
    { n, seed, first = 0, context = [], temperature = 1 }: SampleRequest,
  ): Promise<Float64Array> {
    const { served: model } = await this.#model(modelId);
    const wholeBlocks = Math.ceil(n / sampleBlockRows) * sampleBlockRows;
    const parts = await Promise.all(
      ranges(wholeBlocks, drawnRows).map(([start, rowCount]) =>
        this.#schedule.run('sample', { model, seed, firstRow: first + start, rowCount, context, temperature }),
      ),
    );
    const rows = joinedNumbers(parts);
    return rows.subarray(0, n * (rows.length / wholeBlocks));
  }

  /** The model as a self-contained ONNX file. Throws as `logProb` does. */
  async onnx(modelId: string, program: OnnxProgram): Promise<Uint8Array> {
    const { served: model, name } = await this.#model(modelId);
    return this.#schedule.run('onnx', { model, name, program });
  }

  /** What waits for a thread and what runs in one, and the models whose artefacts are kept. */
  stats(): ServingStats {
    const artefactBytes = [...this.#models.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      ...this.#schedule.stats(),
      models: this.#models.size,
      artefactBytes,
      hits: this.#hits,
      misses: this.#misses,
    };
  }

  /** Lets go of a model that was deleted. */
  forget(modelId: string): void {
    this.#models.delete(modelId);
  }

  /** Finishes what is running and lets the threads go. */
  async close(): Promise<void> {
    await this.#schedule.drain();
    await this.#nearby.drain();
    await this.#threads.close();
  }

  #model(id: string): Promise<KnownModel> {
    const known = this.#models.get(id);
    const now = performance.now();
    if (known && now - known.asked < trustedMilliseconds) {
      this.#hits++;
      return known.model;
    }
    const entry: Entry = { model: this.#load(id, known?.model), asked: now, bytes: known?.bytes ?? 0 };
    // A Map keeps the order of insertion: its first entry is the one asked for least recently.
    this.#models.delete(id);
    this.#models.set(id, entry);
    entry.model.then(
      ({ served }) => {
        entry.bytes = served.artefact.length;
        this.#trim();
      },
      () => this.#models.get(id) === entry && this.#models.delete(id),
    );
    return entry.model;
  }

  /** The artefact of a ready model never changes; whether the model is still there has to be asked. */
  async #load(id: string, earlier: Promise<KnownModel> | undefined): Promise<KnownModel> {
    const { name, datasetId, columns, context } = await this.#store.models.getReady(id);
    const kept = await earlier?.catch(() => undefined);
    if (kept) {
      this.#hits++;
      return kept;
    }
    this.#misses++;
    const artefact = shared(await this.#store.models.artefact(id));
    const { encoding } = decodeDensity(artefact);
    const own = new Set([...columns, ...context]);
    const others = (await this.#columnsOf(datasetId)).filter((column) => !own.has(column));
    return { served: { id, artefact }, name, encoding, calibration: decodeCalibration(artefact), others };
  }

  async #columnsOf(datasetId: string | null): Promise<string[]> {
    if (datasetId === null) return [];
    try {
      return (await this.#store.datasets.get(datasetId)).columns.map(({ name }) => name);
    } catch (error) {
      if (error instanceof NotFoundError) return [];
      throw error;
    }
  }

  #trim(): void {
    let kept = 0;
    for (const [id, { bytes }] of [...this.#models].reverse()) {
      kept += bytes;
      if (kept > keptArtefactBytes) this.#models.delete(id);
    }
  }
}

const attributesOf = (modelId: string, rows: number) => ({ 'pushforward.model.id': modelId, 'pushforward.rows': rows });

/** Large arrays are handed over to a thread; smaller ones are copied sooner. */
function moved(task: object): ArrayBuffer[] {
  if (!('rows' in task && task.rows instanceof Float64Array && task.rows.byteLength > movedBytes)) return [];
  return task.rows.buffer instanceof ArrayBuffer ? [task.rows.buffer] : [];
}

/** The same bytes where every thread can read them. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
