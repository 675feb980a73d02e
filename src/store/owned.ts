import type { Pool } from 'pg';
import { type Actor, type AuditTrail, operator } from './audit.ts';
import type { PrismaClient } from './client/client.ts';

/** How a database is asked, and where it is noted who changed what. */
export interface Access {
  readonly prisma: PrismaClient;
  readonly pool: Pool;
  readonly audit: AuditTrail;
}

/**
 * What has an owner. That of the owner for whom `actor` acts, another's being as if it were not there: every statement that finds
 * something asks for its id and its owner together. Without `actor` that of all, and what is new is the operator's.
 */
export abstract class Owned {
  protected readonly prisma: PrismaClient;
  protected readonly pool: Pool;
  protected readonly audit: AuditTrail;
  protected readonly actor: Actor;
  /** Undefined: everybody's. */
  protected readonly owner: string | undefined;

  constructor({ prisma, pool, audit }: Access, actor?: Actor) {
    this.prisma = prisma;
    this.pool = pool;
    this.audit = audit;
    this.actor = actor ?? operator;
    this.owner = actor?.owner;
  }

  protected own(id: string): { readonly id: string; readonly owner?: string } {
    return this.owner === undefined ? { id } : { id, owner: this.owner };
  }
}
