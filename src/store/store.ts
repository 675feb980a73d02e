import { PrismaPg } from '@prisma/adapter-pg';
import type { Logger } from 'pino';
import { Aliases, type OwnAliases } from './aliases.ts';
import { ApiKeys } from './api-keys.ts';
import { type Actor, AuditTrail } from './audit.ts';
import { BulkJobs, type OwnBulkJobs } from './bulk-jobs.ts';
import { BulkWork } from './bulk-work.ts';
import { PrismaClient } from './client/client.ts';
import { Datasets, type OwnDatasets } from './datasets.ts';
import { startEmbeddedPostgres } from './embedded/embedded-postgres.ts';
import type { StoreStartError } from './errors.ts';
import { IdempotencyKeys } from './idempotency.ts';
import { migrate } from './migrations.ts';
import { Models, type OwnModels } from './models.ts';
import { News } from './news.ts';
import { openPool } from './pool.ts';
import { Processes } from './processes.ts';
import { RaceLegs } from './race-legs.ts';
import { RateCounts } from './rate-counts.ts';
import { Shadows } from './shadows.ts';
import { type OwnSweeps, Sweeps } from './sweeps.ts';

/** Everything that outlives the process. */
export interface Store {
  readonly databaseUrl: string;
  /** The database is this process's own: no other process can be at work on what is in it. */
  readonly embedded: boolean;
  readonly prisma: PrismaClient;
  /** Of all owners: for training, which is told what to train, and never for requests. */
  readonly datasets: Datasets;
  readonly models: Models;
  readonly raceLegs: RaceLegs;
  readonly bulkJobs: BulkJobs;
  readonly bulkWork: BulkWork;
  readonly sweeps: Sweeps;
  /** What requests of this actor may reach: what belongs to its owner. */
  for(actor: Actor): OwnStore;
  readonly apiKeys: ApiKeys;
  readonly audit: Pick<AuditTrail, 'list'>;
  readonly idempotencyKeys: IdempotencyKeys;
  readonly rateCounts: RateCounts;
  /** The processes that are at work on the database, this one among them. */
  readonly processes: Processes;
  /** Of all owners: for what is scored besides, and never for requests. */
  readonly shadows: Shadows;
  /** What happens in the database, be it another process that does it. */
  readonly news: News;
  /** Throws when the database cannot be reached. */
  ping(): Promise<void>;
  /** The connections of this process to the database, and the queries that wait for one. */
  stats(): { readonly total: number; readonly idle: number; readonly waiting: number };
  close(): Promise<void>;
}

/** What belongs to one owner; another's is as if it were not there. */
export interface OwnStore {
  readonly datasets: OwnDatasets;
  readonly models: OwnModels;
  readonly aliases: OwnAliases;
  readonly bulkJobs: OwnBulkJobs;
  readonly sweeps: OwnSweeps;
}

/**
 * Opens the database, brings it to the newest schema, and returns the store. Without a `databaseUrl` that is an
 * embedded PostgreSQL under `dataDirectory`.
 * Throws StoreStartError when that directory is another process's, the database cannot be reached, or its schema is not
 * one that this version knows.
 */
export async function openStore(options: {
  databaseUrl: string | undefined;
  dataDirectory: string;
  log: Logger;
  /** Called when an embedded PostgreSQL died and could not be started again: nothing can be stored any more. */
  onLost?: (error: StoreStartError) => void;
}): Promise<Store> {
  const { databaseUrl: givenUrl, dataDirectory, log, onLost } = options;
  const database =
    givenUrl === undefined
      ? await startEmbeddedPostgres({ dataDirectory, log, onLost })
      : { databaseUrl: givenUrl, close: async () => {} };
  const pool = await openPool(database.databaseUrl, log).catch(async (error) => {
    await database.close();
    throw error;
  });
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    transactionOptions: { maxWait: 10_000, timeout: 60_000 },
  });
  let news: News | undefined;
  const close = async () => {
    await news?.close();
    await prisma.$disconnect();
    await pool.end();
    await database.close();
  };
  const idempotencyKeys = new IdempotencyKeys(pool);
  try {
    for (const name of await migrate(pool)) log.info({ migration: name }, 'database migration applied');
    if (givenUrl === undefined) await idempotencyKeys.releaseAll();
    news = await News.open(database.databaseUrl, log);
  } catch (error) {
    await close();
    throw error;
  }
  const audit = new AuditTrail(prisma, pool, log);
  const access = { prisma, pool, audit };
  return {
    databaseUrl: database.databaseUrl,
    embedded: givenUrl === undefined,
    prisma,
    datasets: new Datasets(access),
    models: new Models(access),
    raceLegs: new RaceLegs(pool),
    bulkJobs: new BulkJobs(access),
    bulkWork: new BulkWork(pool),
    sweeps: new Sweeps(access),
    for: (actor) => ({
      datasets: new Datasets(access, actor),
      models: new Models(access, actor),
      aliases: new Aliases(pool, audit, actor),
      bulkJobs: new BulkJobs(access, actor),
      sweeps: new Sweeps(access, actor),
    }),
    apiKeys: new ApiKeys(prisma, pool, audit),
    audit,
    idempotencyKeys,
    rateCounts: new RateCounts(pool),
    processes: new Processes(pool),
    shadows: new Shadows(pool),
    news,
    ping: async () => void (await prisma.$queryRaw`SELECT 1`),
    stats: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close,
  };
}
