import type { ClientBase } from 'pg';
import type { Logger } from 'pino';
import { InferenceTimeoutError } from '../serving/errors.ts';
import type { Serving } from '../serving/serving.ts';
import { ArtefactError } from '../store/artefact.ts';
import type { BulkJobError, BulkPart } from '../store/bulk-job.ts';
import { type Dequeue, JobEndedError, type OwnedJob } from '../store/bulk-work.ts';
import { ConflictError, NotFoundError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { describeParts } from '../table/stored-parts.ts';
import type { Origin } from '../telemetry/origin.ts';
import { noTracing, type Tracing } from '../telemetry/tracing.ts';
import { bulkColumns } from './output.ts';
import { partResult } from './part-result.ts';

/** A part of a job, or with null what comes after all of them: its dataset. */
interface Task extends Origin {
  readonly jobId: string;
  readonly part: number | null;
}

interface BulkWorkerOptions {
  readonly store: Pick<Store, 'for' | 'bulkWork'>;
  readonly serving: Pick<Serving, 'for'>;
  readonly log: Logger;
  readonly tracing?: Pick<Tracing, 'span'>;
  /** What is asked of the queue, in the transaction of the store's own writes. */
  readonly queue: {
    enqueueGathering(client: ClientBase, job: { jobId: string; owner: string }, origin: Origin): Promise<void>;
    readonly dequeue: Dequeue;
  };
}

/** Does the parts of bulk jobs, and makes the dataset of each once its parts are done. */
export class BulkWorker {
  readonly #store: BulkWorkerOptions['store'];
  readonly #serving: BulkWorkerOptions['serving'];
  readonly #log: Logger;
  readonly #tracing: Pick<Tracing, 'span'>;
  readonly #queue: BulkWorkerOptions['queue'];

  constructor({ store, serving, log, tracing = noTracing, queue }: BulkWorkerOptions) {
    this.#store = store;
    this.#serving = serving;
    this.#log = log;
    this.#tracing = tracing;
    this.#queue = queue;
  }

  /**
   * Does one task, if there is anything to do. What can never come to a good end fails the job; throws where another attempt may
   * do better.
   */
  async run(task: Task): Promise<void> {
    const { jobId, part: number, traceparent: parent } = task;
    const attributes = { 'pushforward.job.id': jobId, ...(number !== null && { 'pushforward.job.part': number }) };
    await this.#tracing.span(number === null ? 'bulk-dataset' : 'bulk-part', { attributes, parent }, () =>
      number === null ? this.#gather(task) : this.#part(task, number),
    );
  }

  async #part(task: Task, number: number): Promise<void> {
    const { jobId } = task;
    const started = await this.#store.bulkWork.startPart(jobId, number);
    if (!started) return;
    const { job, owner, part } = started;
    const begun = performance.now();
    try {
      const tools = { serving: this.#serving.for(owner), datasets: this.#store.for({ owner }).datasets };
      const bytes = await partResult(tools, job, part);
      const enqueue = (client: ClientBase) => this.#queue.enqueueGathering(client, { jobId, owner }, originOf(task));
      const kept = await this.#store.bulkWork.finishPart(part, bytes, enqueue);
      const { attempt, rowCount: rows } = part;
      const seconds = (performance.now() - begun) / 1000;
      this.#log.debug({ reqId: task.reqId, jobId, part: number, attempt, rows, kept, seconds }, 'part of a job done');
    } catch (error) {
      await this.#failed(task, part, error);
    }
  }

  async #failed({ jobId, reqId }: Task, part: BulkPart, error: unknown): Promise<void> {
    const final = finalError(error);
    if (final) {
      if (await this.#store.bulkWork.fail(jobId, final, this.#queue.dequeue))
        this.#log.warn({ err: error, reqId, jobId, part: part.number }, 'a job failed');
      return;
    }
    await this.#store.bulkWork.noteFailure(part, toldOf(error));
    throw error;
  }

  async #gather(task: Task): Promise<void> {
    const owned = await this.#store.bulkWork.gathering(task.jobId);
    if (!owned) return;
    try {
      await this.#makeDataset(task, owned);
    } catch (error) {
      // Cancelled meanwhile, or made by an earlier attempt.
      if (!(error instanceof JobEndedError)) throw error;
    }
  }

  async #makeDataset({ jobId, reqId }: Task, { owner, job }: OwnedJob): Promise<void> {
    const { name, kind, modelId, rowCount, createdAt } = job;
    const columns = modelId === null ? [] : (await this.#serving.for(owner).encoding(modelId)).columns;
    await using parts = await describeParts(this.#store.bulkWork.results(jobId), bulkColumns(kind, columns));
    if (parts.description.rowCount !== rowCount) {
      // Who ends a job throws its parts away.
      if (!(await this.#store.bulkWork.gathering(jobId))) return;
      throw new RangeError(`job ${jobId}: expected parts of ${rowCount} rows, got ${parts.description.rowCount}`);
    }
    const { datasets } = this.#store.for({ owner, requestId: reqId });
    const { id } = await datasets.create({ ...parts.description, name }, parts.parts(), (execute, created) =>
      this.#store.bulkWork.complete(execute, jobId, created.id),
    );
    const seconds = (Date.now() - createdAt.getTime()) / 1000;
    this.#log.info({ reqId, jobId, kind, rows: rowCount, datasetId: id, seconds }, 'job ready');
  }
}

const originOf = ({ reqId, traceparent }: Task): Origin => ({ reqId, traceparent });

/** Of what would be the same at every attempt; else undefined. */
function finalError(error: unknown): BulkJobError | undefined {
  if (error instanceof ArtefactError) return { code: 'model-damaged', message: error.message };
  if (!(error instanceof NotFoundError || error instanceof ConflictError)) return undefined;
  return { code: error.code, message: error.message };
}

/** Internals are in the log. */
function toldOf(error: unknown): BulkJobError {
  if (error instanceof InferenceTimeoutError) return { code: 'inference-timeout', message: error.message };
  return { code: 'internal-error', message: 'the log of the worker has the reason under the id of the job' };
}
