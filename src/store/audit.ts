import type { Pool, PoolClient } from 'pg';
import type { Logger } from 'pino';
import type { Prisma, PrismaClient } from './client/client.ts';
import { newId } from './ids.ts';
import { type JsonObject, jsonObjectOrNull } from './json.ts';
import { announce } from './news.ts';
import { localOwner } from './owner.ts';
import { type Page, type PageRequest, pageQuery, toPage } from './page.ts';
import { type Execute, executeIn, executeOn, transaction } from './transaction.ts';

export const auditActions = [
  'dataset.created',
  'dataset.deleted',
  'model.created',
  'model.cancelled',
  'model.deleted',
  'alias.created',
  'alias.moved',
  'alias.shadowed',
  'alias.unshadowed',
  'alias.deleted',
  'job.created',
  'job.cancelled',
  'job.deleted',
  'sweep.created',
  'sweep.cancelled',
  'sweep.deleted',
  'key.created',
  'key.revoked',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** Who does something. */
export interface Actor {
  /** Whose key it is done with. */
  readonly owner: string;
  /** Where keys are asked for. */
  readonly keyId?: string | undefined;
  /** The request that it is done for, as the log and errors name it. */
  readonly requestId?: string | undefined;
}

/** Whoever runs the service: what it does by itself, or without keys. */
export const operator: Actor = { owner: localOwner };
/** Whoever can run the project's commands. No owner is called so: their names have no spaces. */
export const commandLine: Actor = { owner: 'command line' };

/** That something was created, moved, deleted, cancelled or revoked, and by whom. */
export interface AuditEvent {
  readonly id: string;
  readonly at: Date;
  /** Whose thing it is. */
  readonly owner: string;
  /** Whose key it was done with, `local` or `command line`. */
  readonly actor: string;
  readonly keyId: string | null;
  readonly action: string;
  /** The dataset, model, alias, job, sweep or key. */
  readonly subjectId: string;
  readonly requestId: string | null;
  readonly details: JsonObject | null;
}

/** What something is done to. */
export interface Subject {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
}

/** Writes an event in the transaction that does what it tells of, which all processes hear of. */
export type Note = (action: AuditAction, subject: Subject, more?: object) => Promise<void>;

/** Who created and deleted what. Events are only ever added; they outlive what they tell of. */
export class AuditTrail {
  readonly #prisma: PrismaClient;
  readonly #pool: Pool;
  readonly #log: Logger;

  constructor(prisma: PrismaClient, pool: Pool, log: Logger) {
    this.#prisma = prisma;
    this.#pool = pool;
    this.#log = log;
  }

  /** Runs `work` in one transaction of Prisma's. What it notes stands in the trail if that is committed, and then in the log. */
  async throughPrisma<Result>(
    actor: Actor,
    work: (tx: Prisma.TransactionClient, note: Note) => Promise<Result>,
  ): Promise<Result> {
    const noted = new Notes(actor);
    const result = await this.#prisma.$transaction((tx) => work(tx, noted.writer(executeIn(tx))));
    noted.tell(this.#log);
    return result;
  }

  /** The same in a transaction of PostgreSQL's own client. */
  async throughPool<Result>(actor: Actor, work: (client: PoolClient, note: Note) => Promise<Result>): Promise<Result> {
    const noted = new Notes(actor);
    const result = await transaction(this.#pool, (client) => work(client, noted.writer(executeOn(client))));
    noted.tell(this.#log);
    return result;
  }

  /** Newest first, of all owners, or of what belongs to `owner` or was done to `subjectId`. */
  async list({ owner, subjectId, ...request }: AuditRequest): Promise<Page<AuditEvent>> {
    const { where, ...page } = pageQuery(request, owner);
    const rows = await this.#prisma.auditEvent.findMany({
      ...page,
      where: { ...where, ...(subjectId !== undefined && { subjectId }) },
    });
    return toPage(rows, request, toAuditEvent);
  }
}

export interface AuditRequest extends PageRequest {
  readonly owner?: string | undefined;
  readonly subjectId?: string | undefined;
}

/** What one transaction notes. */
class Notes {
  readonly #actor: Actor;
  readonly #written: object[] = [];

  constructor(actor: Actor) {
    this.#actor = actor;
  }

  writer(execute: Execute): Note {
    const { owner: actor, keyId = null, requestId = null } = this.#actor;
    return async (action, { id: subjectId, owner, name }, more = {}) => {
      const id = newId();
      const details = { name, ...more };
      // By the clock: the transaction may have begun when a large upload did.
      await execute(
        `INSERT INTO audit_events (id, owner, actor, key_id, action, subject_id, request_id, details, at)
         VALUES ($1::uuid, $2, $3, $4::uuid, $5, $6::uuid, $7::uuid, $8::json, clock_timestamp())`,
        [id, owner, actor, keyId, action, subjectId, requestId, JSON.stringify(details)],
      );
      await announce(execute, { what: action, id: subjectId });
      this.#written.push({ id, owner, actor, keyId, action, subjectId, details });
    };
  }

  tell(log: Logger): void {
    for (const audit of this.#written) log.info({ reqId: this.#actor.requestId, audit }, 'audit');
  }
}

const toAuditEvent = (row: Prisma.AuditEventModel): AuditEvent => ({ ...row, details: jsonObjectOrNull(row.details) });
