import type { PoolClient } from 'pg';
import type { Note, Subject } from './audit.ts';
import type { Prisma } from './client/client.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import type { Keep } from './idempotency.ts';
import { checkId, newId } from './ids.ts';
import { deleteModel } from './model-deletion.ts';
import { appendEvent } from './model-events.ts';
import { Owned } from './owned.ts';
import { fittingItems, type Page, type PageRequest, pageQuery, toPage } from './page.ts';
import { makeRoomInQueue } from './queue-room.ts';
import { type DequeueModel, type EnqueueTraining, findOwnDataset, insertQueued } from './queued-model.ts';
import { endTrial, type NewSweep, type Sweep, type SweepDeletion, trialsOf } from './sweep.ts';
import { executeIn } from './transaction.ts';

/** What belongs to making a sweep besides the sweep itself. */
export interface SweepCreation {
  readonly enqueue: EnqueueTraining;
  /** Writes in the same transaction. */
  readonly keep?: Keep<Sweep> | undefined;
  /** How many models of the owner may be queued at once, its trials included. */
  readonly mostQueued?: number;
}

/** What a trial takes in a list, about. */
const trialBytes = 400;

/** The sweeps: several flows and seeds over one dataset, each trial of which is a model. */
export class Sweeps extends Owned {
  /**
   * Stores a sweep with a queued model for each trial, and with them, in the same transaction, what `enqueue` and `keep` write.
   * Throws NotFoundError when the owner has no such dataset, and QuotaError when too many models of the owner would be queued.
   */
  async create(sweep: NewSweep, { enqueue, keep, mostQueued }: SweepCreation): Promise<Sweep> {
    const { name, datasetId, flows, trials } = sweep;
    checkId('dataset', datasetId);
    const { owner } = this.actor;
    return this.audit.throughPrisma(this.actor, async (tx, note) => {
      if (mostQueued !== undefined) await makeRoomInQueue(tx, owner, mostQueued, trials.length);
      await findOwnDataset(tx, owner, datasetId);
      const id = newId();
      const row = await tx.sweep.create({ data: { id, owner, name, datasetId, flows: [...flows] } });
      const created: Prisma.SweepTrialCreateManyInput[] = [];
      for (const [number, { flow, model }] of trials.entries()) {
        const { seed, id: modelId } = await insertQueued(tx, { owner, model, sweepId: id }, { enqueue, note });
        created.push({ sweepId: id, number, flow, seed, modelId, parameterCount: model.parameterCount });
      }
      await tx.sweepTrial.createMany({ data: created });
      await note('sweep.created', row, { trials: trials.length });
      const stored: Sweep = { ...toSweep(row), trials: created.map(queuedTrial) };
      await keep?.(executeIn(tx), stored);
      return stored;
    });
  }

  /** Throws NotFoundError. */
  async get(id: string): Promise<Sweep> {
    checkId('sweep', id);
    const row = await this.prisma.sweep.findFirst({ where: this.own(id) });
    if (!row) throw new NotFoundError('sweep', id);
    const trials = await trialsOf(this.pool, [id]);
    return { ...toSweep(row), trials: trials.get(id) ?? [] };
  }

  /** Newest first. */
  async list(request: PageRequest): Promise<Page<Sweep>> {
    const found = await this.prisma.sweep.findMany({
      ...pageQuery(request, this.owner),
      include: { _count: { select: { trials: true } } },
    });
    const sizes = found.slice(0, request.limit).map(({ _count }) => ({ size: trialBytes * _count.trials }));
    const page = toPage(found, { ...request, limit: fittingItems(sizes) }, toSweep);
    const trials = await trialsOf(
      this.pool,
      page.items.map(({ id }) => id),
    );
    return { ...page, items: page.items.map((sweep) => ({ ...sweep, trials: trials.get(sweep.id) ?? [] })) };
  }

  /**
   * Cancels the trials that are queued at once, and asks the attempts that train others to stop.
   * Throws NotFoundError, and ConflictError when all have ended.
   */
  async cancel(id: string, dequeue?: DequeueModel): Promise<Sweep> {
    checkId('sweep', id);
    const isDone = await this.audit.throughPrisma(this.actor, async (tx, note) => {
      const row = await tx.sweep.findFirst({ where: this.own(id) });
      if (!row || (await cancelTrials(tx, id, { note, dequeue })) === 0) return false;
      await note('sweep.cancelled', row);
      return true;
    });
    const sweep = await this.get(id);
    // One that trains still was asked to stop before.
    if (isDone || sweep.trials.some(({ status }) => status === 'training')) return sweep;
    throw new ConflictError('sweep-ended', `all trials of the sweep ${id} have ended already`);
  }

  /**
   * Removes a sweep all of whose trials have ended. Its models stay; with `models` those are deleted that nothing uses.
   * Throws NotFoundError, and ConflictError before its end.
   */
  async delete(id: string, { models }: { models: boolean }): Promise<SweepDeletion> {
    checkId('sweep', id);
    const deletion = await this.audit.throughPool(this.actor, async (client, note) => {
      const { rows: sweeps } = await client.query<Subject>(
        'SELECT id, owner, name FROM sweeps WHERE id = $1 AND owner = coalesce($2, owner) FOR UPDATE',
        [id, this.owner ?? null],
      );
      const [sweep] = sweeps;
      if (!sweep) return undefined;
      const { rows: trials } = await client.query<{ id: string; status: string }>(
        'SELECT id, status FROM models WHERE sweep_id = $1 ORDER BY id',
        [id],
      );
      const unended = trials.filter(({ status }) => status === 'queued' || status === 'training');
      if (unended.length > 0)
        throw new ConflictError(
          'sweep-running',
          `${unended.length} trials of the sweep ${id} have not ended: cancel it first`,
        );
      const ids = models ? trials.map((trial) => trial.id) : [];
      const result = await deleteUnused(client, ids, { owner: sweep.owner, note });
      await client.query('DELETE FROM sweeps WHERE id = $1', [id]);
      await note('sweep.deleted', sweep, { models: result.deleted.length });
      return result;
    });
    if (!deletion) throw new NotFoundError('sweep', id);
    return deletion;
  }

  /** How many sweeps of all owners have trials that have not ended. */
  async stats(): Promise<{ readonly running: number }> {
    const { rows } = await this.pool.query<{ running: number }>(
      `SELECT count(DISTINCT sweep_id)::int AS running FROM models WHERE status IN ('queued', 'training')`,
    );
    return rows[0];
  }
}

/** What a request may do with its owner's sweeps. */
export type OwnSweeps = Pick<Sweeps, 'create' | 'get' | 'list' | 'cancel' | 'delete'>;

const toSweep = ({ id, name, datasetId, flows, createdAt }: Prisma.SweepModel) => ({
  ...{ id, name, datasetId, flows, createdAt },
});

const queuedTrial = ({ flow, seed, modelId, parameterCount }: Prisma.SweepTrialCreateManyInput) => ({
  ...{ flow, seed: Number(seed), modelId: modelId ?? null, status: 'queued' as const },
  ...{ parameterCount: parameterCount ?? null, progress: null, figures: null, error: null },
});

/** How many trials were cancelled, or asked to stop that had not been asked before. */
async function cancelTrials(
  tx: Prisma.TransactionClient,
  sweepId: string,
  { note, dequeue }: { note: Note; dequeue?: DequeueModel | undefined },
): Promise<number> {
  const select = { id: true, owner: true, name: true, lastEvent: true };
  const ended = await tx.model.updateManyAndReturn({
    where: { sweepId, status: 'queued' },
    data: { status: 'cancelled', finishedAt: new Date(), lastEvent: { increment: 1 } },
    select,
  });
  for (const { id, lastEvent } of ended) {
    await appendEvent(tx, id, lastEvent, { type: 'status', data: { status: 'cancelled' } });
    await endTrial(tx, id, 'cancelled');
    await dequeue?.(executeIn(tx), id);
  }
  // After the queued: one that begins meanwhile is then among these.
  const asked = await tx.model.updateManyAndReturn({
    where: { sweepId, status: 'training', cancelRequested: false },
    data: { cancelRequested: true },
    select,
  });
  for (const model of [...ended, ...asked]) await note('model.cancelled', model);
  return ended.length + asked.length;
}

/** Deletes those of the models that no job and no alias uses. */
async function deleteUnused(
  client: PoolClient,
  modelIds: readonly string[],
  { owner, note }: { owner: string; note: Note },
): Promise<SweepDeletion> {
  const deleted: string[] = [];
  const kept: SweepDeletion['kept'][number][] = [];
  for (const id of modelIds)
    try {
      if (await deleteModel(client, { id, owner }, { note })) deleted.push(id);
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      kept.push({ modelId: id, code: error.code, message: error.message });
    }
  return { deleted, kept };
}
