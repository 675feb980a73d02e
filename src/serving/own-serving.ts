import type { Encoding } from '../flow/encoding/encoding.ts';
import type { FlowSpec } from '../flow/flow.ts';
import type { CalibrationScores } from '../store/density-artefact.ts';
import { ConflictError } from '../store/errors.ts';
import { joinedNumbers } from '../table/joined-numbers.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { ranges, sampleBlockRows } from './blocks.ts';
import type { KnownModels } from './known-models.ts';
import type { OnnxProgram } from './onnx-file.ts';
import type { Schedule } from './schedule.ts';
import type { CarriedSteps } from './steps/carried.ts';
import type { StepsTask } from './worker.ts';

/** Samples drawn in one run. */
const drawnRows = 4 * sampleBlockRows;

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

/** What the models of all owners are served with. */
interface Shared {
  readonly schedule: Schedule;
  readonly models: KnownModels;
  readonly tracing: Tracing;
}

const attributesOf = (modelId: string, rows: number) => ({ 'pushforward.model.id': modelId, 'pushforward.rows': rows });

/** Scores rows and draws samples with the ready models of one owner. */
export class OwnServing {
  readonly #schedule: Schedule;
  readonly #models: KnownModels;
  readonly #tracing: Tracing;
  readonly #owner: string;

  constructor({ schedule, models, tracing }: Shared, owner: string) {
    this.#schedule = schedule;
    this.#models = models;
    this.#tracing = tracing;
    this.#owner = owner;
  }

  /**
   * The columns of a ready model and its context, in order, and what their codes are. Throws NotFoundError, and ConflictError
   * when the model is not ready.
   */
  async encoding(modelId: string): Promise<Encoding> {
    return (await this.#models.get(this.#owner, modelId)).encoding;
  }

  /** The names of the other columns of the table that a ready model was trained on, as far as it is still stored. Throws as `encoding` does. */
  async otherColumns(modelId: string): Promise<readonly string[]> {
    return (await this.#models.get(this.#owner, modelId)).others;
  }

  /**
   * How a ready model scores rows that it was not trained on. Throws as `encoding` does, and ConflictError where the model was
   * trained before such scores were kept.
   */
  async calibration(modelId: string): Promise<CalibrationScores> {
    const { calibration } = await this.#models.get(this.#owner, modelId);
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
   *
   * The last digits may depend on what other requests ask for meanwhile, unless the rows are to be scored `alone`.
   */
  async logProb(
    modelId: string,
    rows: Float64Array,
    rowCount: number,
    { alone = false }: { readonly alone?: boolean } = {},
  ): Promise<Float64Array> {
    return this.#tracing.span('log-prob', { attributes: attributesOf(modelId, rowCount) }, async () => {
      const { served } = await this.#models.get(this.#owner, modelId);
      return this.#schedule.logProb(served, rows, rowCount, alone);
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
    const { served: model } = await this.#models.get(this.#owner, modelId);
    const wholeBlocks = Math.ceil(n / sampleBlockRows) * sampleBlockRows;
    const parts = await Promise.all(
      ranges(wholeBlocks, drawnRows).map(([start, rowCount]) =>
        this.#schedule.run('sample', { model, seed, firstRow: first + start, rowCount, context, temperature }),
      ),
    );
    const rows = joinedNumbers(parts);
    return rows.subarray(0, n * (rows.length / wholeBlocks));
  }

  /** The flow of each member of a ready model, resolved. Throws as `encoding` does. */
  async flows(modelId: string): Promise<readonly FlowSpec[]> {
    return (await this.#models.get(this.#owner, modelId)).flows;
  }

  /** What some points are at every step between base and data. Throws as `logProb` does. */
  async steps(modelId: string, task: Omit<StepsTask, 'model'>): Promise<CarriedSteps> {
    const { served: model } = await this.#models.get(this.#owner, modelId);
    return this.#schedule.run('steps', { ...task, model });
  }

  /** The model as a self-contained ONNX file. Throws as `logProb` does. */
  async onnx(modelId: string, program: OnnxProgram): Promise<Uint8Array> {
    const { served: model, name } = await this.#models.get(this.#owner, modelId);
    return this.#schedule.run('onnx', { model, name, program });
  }

  /** Lets go of a model that was deleted. */
  forget(modelId: string): void {
    this.#models.forget(this.#owner, modelId);
  }
}
