import type { Note, Subject } from './audit.ts';
import { newestCheckpoint, removeCheckpoint, saveCheckpoint } from './checkpoints.ts';
import type { Prisma } from './client/client.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import type { Keep } from './idempotency.ts';
import { checkId } from './ids.ts';
import { toJson } from './json.ts';
import { type Model, type ModelError, type ModelStatus, type NewModel, toModel } from './model.ts';
import { deleteModel } from './model-deletion.ts';
import { appendEvent, eventsAfter, type ModelEvent } from './model-events.ts';
import { Owned } from './owned.ts';
import { fittingItems, type Page, type PageRequest, pageQuery, toPage } from './page.ts';
import { makeRoomInQueue } from './queue-room.ts';
import { type DequeueModel, type EnqueueTraining, findOwnDataset, insertQueued } from './queued-model.ts';
import { removeLegs } from './race-legs.ts';
import { endTrial } from './sweep.ts';
import { executeIn } from './transaction.ts';

/** What a finished training leaves. */
export interface TrainingResult {
  readonly artefact: Uint8Array;
  readonly metrics: object;
  /** What was decided in training, where that was left to it. */
  readonly flow?: object;
  readonly training?: object;
  readonly parameterCount?: number;
  readonly race?: object;
  readonly warnings: readonly string[];
  readonly progress: object;
}

/** The models that have not ended, whichever process they wait for. */
export interface UnendedModels {
  readonly queued: number;
  readonly training: number;
  /** How long the oldest of the queued has waited; 0 where none is. */
  readonly oldestQueuedSeconds: number;
  /** Of all that train, by what they last recorded. */
  readonly rowsPerSecond: number;
}

/** What belongs to making a model besides the model itself. */
export interface ModelCreation {
  /** Writes in the same transaction. */
  readonly keep?: Keep<Model> | undefined;
  /** How many models of the owner may be queued at once, this one included. */
  readonly mostQueued?: number;
}

/**
 * The models and their life: queued -> training -> ready, failed or cancelled.
 *
 * Training may be started again while an earlier attempt, thought dead, is still at work. So whatever an attempt writes
 * names it, and is kept only while it is the latest one and the model has not ended: one UPDATE decides that.
 */
export class Models extends Owned {
  /**
   * Stores a queued model, and with it, in the same transaction, what `enqueue` and `keep` write.
   * Throws NotFoundError when the owner has no such dataset, and QuotaError when too many models of the owner are queued.
   */
  async create(model: NewModel, enqueue: EnqueueTraining, { keep, mostQueued }: ModelCreation = {}): Promise<Model> {
    const { datasetId } = model;
    checkId('dataset', datasetId);
    const { owner } = this.actor;
    return this.audit.throughPrisma(this.actor, async (tx, note) => {
      if (mostQueued !== undefined) await makeRoomInQueue(tx, owner, mostQueued);
      await findOwnDataset(tx, owner, datasetId);
      const created = toModel(await insertQueued(tx, { owner, model }, { enqueue, note }));
      await keep?.(executeIn(tx), created);
      return created;
    });
  }

  /** Throws NotFoundError. */
  async get(id: string): Promise<Model> {
    checkId('model', id);
    const row = await this.prisma.model.findFirst({ where: this.own(id) });
    if (!row) throw new NotFoundError('model', id);
    return toModel(row);
  }

  /** Throws NotFoundError, and ConflictError unless the model is ready. */
  async getReady(id: string): Promise<Model> {
    const model = await this.get(id);
    if (model.status !== 'ready')
      throw new ConflictError('model-not-ready', `the model ${id} is ${model.status}, not ready`);
    return model;
  }

  /** Newest first; only those of one name or one sweep, where that is given. */
  async list({ name, sweepId, ...request }: ModelsRequest): Promise<Page<Model>> {
    const fitting = { ...request, limit: await this.#fitting({ name, sweepId, ...request }) };
    const { where, ...page } = pageQuery(fitting, this.owner);
    const asked = { ...where, ...(name !== undefined && { name }), ...(sweepId !== undefined && { sweepId }) };
    return toPage(await this.prisma.model.findMany({ ...page, where: asked }), fitting, toModel);
  }

  async #fitting({ name, sweepId, limit, cursor }: ModelsRequest): Promise<number> {
    const before = cursor ?? null;
    const sizes = await this.prisma.$queryRaw<{ size: number }[]>`
      SELECT pg_column_size(flow)::int + coalesce(pg_column_size(metrics), 0)::int + coalesce(pg_column_size(race), 0)::int AS size
      FROM models WHERE owner = coalesce(${this.owner ?? null}, owner) AND (${before}::uuid IS NULL OR id < ${before}::uuid)
        AND name = coalesce(${name ?? null}, name) AND (${sweepId ?? null}::uuid IS NULL OR sweep_id = ${sweepId ?? null}::uuid)
        ORDER BY id DESC LIMIT ${limit}`;
    return fittingItems(sizes);
  }

  async stats(): Promise<UnendedModels> {
    const [stats] = await this.prisma.$queryRaw<[UnendedModels]>`
      SELECT (count(*) FILTER (WHERE status = 'queued'))::int AS "queued",
        (count(*) FILTER (WHERE status = 'training'))::int AS "training",
        coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE status = 'queued')), 0)::float8
          AS "oldestQueuedSeconds",
        coalesce(sum((progress ->> 'rowsPerSecond')::float8) FILTER (WHERE status = 'training'), 0) AS "rowsPerSecond"
      FROM models WHERE status IN ('queued', 'training')`;
    return stats;
  }

  /**
   * Throws NotFoundError, and ConflictError while it is training, a job works with it, or an alias stands for it or has it for a
   * shadow.
   */
  async delete(id: string, dequeue?: DequeueModel): Promise<void> {
    checkId('model', id);
    const isDeleted = await this.audit.throughPool(this.actor, (client, note) =>
      deleteModel(client, { id, owner: this.owner }, { note, dequeue }),
    );
    if (isDeleted) return;
    const { status } = await this.get(id);
    throw new ConflictError('model-training', `the model ${id} is ${status}: cancel it first`);
  }

  /** What training made. Throws NotFoundError, and ConflictError unless the model is ready. */
  async artefact(id: string): Promise<Uint8Array> {
    checkId('model', id);
    const row = await this.prisma.modelArtefact.findFirst({ where: { model: this.own(id) } });
    if (row) return row.bytes;
    await this.getReady(id);
    throw new NotFoundError('model', id);
  }

  /** The events after the sequence number `after`, in order; of old progress only the newest. Throws NotFoundError. */
  async events(id: string, { after }: { after: number }): Promise<ModelEvent[]> {
    checkId('model', id);
    const events = await eventsAfter(this.prisma, this.own(id), after);
    if (events.length === 0) await this.get(id);
    return events;
  }

  /**
   * Cancels a queued model at once, and asks the attempt that trains one to stop.
   * Throws NotFoundError, and ConflictError when it has ended.
   */
  async requestCancel(id: string, dequeue?: DequeueModel): Promise<Model> {
    checkId('model', id);
    const tell: Also = async (tx, model, note) => {
      await dequeue?.(executeIn(tx), id);
      await note('model.cancelled', model);
    };
    const isDone =
      (await this.#end({ ...this.own(id), status: 'queued' }, 'cancelled', {}, tell)) || (await this.#askToStop(id));
    const model = await this.get(id);
    // One that trains still was asked before.
    if (!isDone && model.status !== 'training')
      throw new ConflictError('model-ended', `the model ${id} is ${model.status} already`);
    return model;
  }

  /**
   * Begins the next attempt at training. Undefined when there is nothing to do: the model is gone, has ended, or was
   * asked to stop while no attempt was alive to see it.
   */
  async startAttempt(id: string): Promise<{ model: Model; attempt: number } | undefined> {
    const open = unended(id);
    if (await this.#end({ ...open, cancelRequested: true }, 'cancelled')) return undefined;
    const data = { status: 'training', attempt: { increment: 1 }, startedAt: new Date() } as const;
    const started = await this.#update(open, data, statusEvent('training'), (tx) => removeLegs(executeIn(tx), id));
    if (!started) return undefined;
    return { model: await this.get(id), attempt: started.attempt };
  }

  /**
   * Records how far an attempt is, and how the flows that race have done; says whether it should go on: `stale` is not this
   * attempt's to write to.
   */
  async recordProgress(
    id: string,
    attempt: number,
    progress: object,
    race?: object,
  ): Promise<'continue' | 'cancel' | 'stale'> {
    const data = { progress: toJson(progress), ...(race && { race: toJson(race) }) };
    const row = await this.#update(running(id, attempt), data, { type: 'progress', data: progress });
    if (!row) return 'stale';
    return row.cancelRequested ? 'cancel' : 'continue';
  }

  /** Keeps from where an attempt can be taken up again, until the model ends. False when the attempt is stale. */
  async saveCheckpoint(id: string, attempt: number, bytes: Uint8Array): Promise<boolean> {
    return saveCheckpoint(this.prisma, { modelId: id, attempt, bytes });
  }

  /** What the latest attempt to save one has left. Undefined when there is none, or no such model. */
  async checkpoint(id: string): Promise<Uint8Array | undefined> {
    return newestCheckpoint(this.prisma, id);
  }

  /** Keeps what an attempt made, and makes the model ready, together. False when the attempt is stale. */
  async complete(id: string, attempt: number, result: TrainingResult): Promise<boolean> {
    const { artefact, flow, training, race, parameterCount } = result;
    const data = {
      metrics: toJson(result.metrics),
      warnings: toJson(result.warnings),
      progress: toJson(result.progress),
      ...(flow && { flow: toJson(flow) }),
      ...(training && { training: toJson(training) }),
      ...(race && { race: toJson(race) }),
      ...(parameterCount !== undefined && { parameterCount }),
    };
    return this.#end(running(id, attempt), 'ready', { data, result }, async (tx) => {
      await tx.modelArtefact.create({ data: { modelId: id, bytes: Uint8Array.from(artefact) } });
    });
  }

  /** False when the attempt is stale. */
  async fail(id: string, attempt: number, error: ModelError): Promise<boolean> {
    return this.#fail(running(id, attempt), error);
  }

  /** False when the attempt is stale. */
  async markCancelled(id: string, attempt: number): Promise<boolean> {
    return this.#end(running(id, attempt), 'cancelled');
  }

  /** Fails a model that nobody will try to train again. False when it has ended, or is gone. */
  async giveUp(id: string): Promise<boolean> {
    return this.#fail(unended(id), {
      code: 'attempts-exhausted',
      message: 'every attempt at its training broke off before it came to an end',
    });
  }

  /** False where it does not train, or was asked before. */
  async #askToStop(id: string): Promise<boolean> {
    return this.audit.throughPrisma(this.actor, async (tx, note) => {
      const [asked] = await tx.model.updateManyAndReturn({
        where: { ...this.own(id), status: 'training', cancelRequested: false },
        data: { cancelRequested: true },
      });
      if (asked) await note('model.cancelled', asked);
      return asked !== undefined;
    });
  }

  async #fail(where: Prisma.ModelWhereInput, error: ModelError): Promise<boolean> {
    return this.#end(where, 'failed', { data: { error: toJson(error) }, details: { error } });
  }

  /** Brings the one model that `where` still fits to its end; false when there is none. */
  async #end(
    where: Prisma.ModelWhereInput,
    status: Exclude<ModelStatus, 'queued' | 'training'>,
    {
      data = {},
      details = {},
      result,
    }: { data?: Prisma.ModelUpdateManyMutationInput; details?: object; result?: TrainingResult } = {},
    also?: Also,
  ): Promise<boolean> {
    const end = { ...data, status, finishedAt: new Date() };
    const row = await this.#update(where, end, statusEvent(status, details), async (tx, model, note) => {
      await removeCheckpoint(tx, model.id);
      await endTrial(tx, model.id, status, result);
      await removeLegs(executeIn(tx), model.id);
      await also?.(tx, model, note);
    });
    return row !== undefined;
  }

  /** Changes the one model that `where` still fits, and writes the event and what `also` adds with it; else does nothing. */
  async #update(
    where: Prisma.ModelWhereInput,
    data: Prisma.ModelUpdateManyMutationInput,
    event: Parameters<typeof appendEvent>[3],
    also?: Also,
  ) {
    return this.audit.throughPrisma(this.actor, async (tx, note) => {
      const [row] = await tx.model.updateManyAndReturn({
        where,
        data: { ...data, lastEvent: { increment: 1 } },
        select: { id: true, owner: true, name: true, attempt: true, lastEvent: true, cancelRequested: true },
      });
      if (!row) return undefined;
      await appendEvent(tx, row.id, row.lastEvent, event);
      await also?.(tx, row, note);
      return row;
    });
  }
}

/** What a request may do with its owner's models. */
export type OwnModels = Pick<
  Models,
  'create' | 'get' | 'getReady' | 'list' | 'delete' | 'artefact' | 'events' | 'requestCancel'
>;

/** A page of the models, or of those of one name or one sweep. */
export interface ModelsRequest extends PageRequest {
  readonly name?: string | undefined;
  readonly sweepId?: string | undefined;
}

/** What is written with a change of a model. */
type Also = (tx: Prisma.TransactionClient, model: Subject, note: Note) => Promise<void>;

const unended = (id: string): Prisma.ModelWhereInput => ({ id, status: { in: ['queued', 'training'] } });

const running = (id: string, attempt: number): Prisma.ModelWhereInput => ({ id, attempt, status: 'training' });

const statusEvent = (status: ModelStatus, details: object = {}) =>
  ({ type: 'status', data: { status, ...details } }) as const;
