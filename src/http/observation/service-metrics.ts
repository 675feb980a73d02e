import type { FastifyBaseLogger } from 'fastify';
import { Counter, Gauge, Registry } from 'prom-client';
import { roles } from '../../config.ts';
import { memoryClass } from '../../queue/memory-classes.ts';
import type { LivingProcess } from '../../store/processes.ts';
import type { Services } from '../services.ts';
import { patiently } from './patience.ts';

type Measured = Pick<Services, 'store' | 'queue' | 'serving' | 'trainer'>;

/**
 * Makes the question what the parts of the service say of themselves now, as a registry. What is in the database is left out
 * while that does not answer: no figure is better than an old one.
 */
export function serviceMetrics({ store, queue, serving, trainer }: Measured) {
  const database = patiently(async () => {
    const asked = performance.now();
    const models = await store.models.stats();
    const bulk = { jobs: await store.bulkJobs.stats(), parts: await queue.bulk.stats() };
    const processes = await store.processes.living();
    return { models, bulk, processes, jobs: await queue.stats(), seconds: (performance.now() - asked) / 1000 };
  });
  return async (log: FastifyBaseLogger): Promise<Registry> => {
    const registry = new Registry();
    const found = await database().catch((err) => log.warn({ err }, 'the database does not tell its metrics'));
    gauge(registry, 'pushforward_database_up', 'Whether the database answers', found ? 1 : 0);
    addPool(registry, store.stats());
    if (found) {
      const help = 'How long the database took to tell the queue’s figures, waits for a connection included';
      gauge(registry, 'pushforward_database_answer_seconds', help, found.seconds);
      addQueue(registry, found);
      addWorkers(registry, found);
    }
    addServing(registry, serving.stats());
    if (trainer) addTraining(registry, trainer.stats());
    return registry;
  };
}

function addPool(registry: Registry, { total, idle, waiting }: ReturnType<Measured['store']['stats']>): void {
  const help = 'Connections of this process to the database, without the queue’s own, by whether they are at work';
  gauges(registry, 'pushforward_database_connections', help, { state: { busy: total - idle, idle } });
  gauge(registry, 'pushforward_database_waiting_queries', 'Queries that wait for a connection', waiting);
}

interface Queued {
  readonly models: Awaited<ReturnType<Measured['store']['models']['stats']>>;
  readonly jobs: Awaited<ReturnType<Measured['queue']['stats']>>;
  readonly processes: readonly LivingProcess[];
  readonly bulk: {
    readonly jobs: Awaited<ReturnType<Measured['store']['bulkJobs']['stats']>>;
    readonly parts: Awaited<ReturnType<Measured['queue']['bulk']['stats']>>;
  };
}

/** Of all processes on the database: workers do not listen, and cannot be asked themselves. */
function addQueue(registry: Registry, { models, jobs, bulk }: Queued): void {
  const { queued, training, oldestQueuedSeconds, rowsPerSecond } = models;
  const { waiting, active } = jobs;
  const { jobs: unended, parts } = bulk;
  gauges(registry, 'pushforward_models', 'Models that have not ended', { status: { queued, training } });
  gauge(registry, 'pushforward_oldest_queued_model_age_seconds', 'Age of the oldest queued model', oldestQueuedSeconds);
  gauges(registry, 'pushforward_queue_jobs', 'Training jobs in the queue', { state: { waiting, active } });
  gauges(registry, 'pushforward_bulk_jobs', 'Bulk jobs that have not ended', { status: { ...unended } });
  gauges(registry, 'pushforward_bulk_parts', 'Parts of bulk jobs in the queue', { state: { ...parts } });
  const help = 'Rows that the models in training have gone through a second, as they last recorded';
  gauge(registry, 'pushforward_training_rows_per_second', help, rowsPerSecond);
}

/** What an autoscaler needs: what waits, by the memory that it needs, and who is there to do it. */
function addWorkers(registry: Registry, { jobs: { waitingByMemory }, processes }: Queued): void {
  const memoryHelp = 'Trainings that wait, by the memory that they are counted with; 0 for those of an earlier version';
  const byMemory = { [memoryClass(0)]: 0, ...waitingByMemory };
  gauges(registry, 'pushforward_waiting_trainings', memoryHelp, { memory_bytes: byMemory });
  const most = Math.max(0, ...processes.map(({ memoryBytes }) => memoryBytes));
  const beyond = Object.entries(waitingByMemory).filter(([bytes]) => Number(bytes) > most);
  const beyondHelp = 'Trainings that wait for a worker with more memory than any has that is alive';
  const waiting = beyond.reduce((sum, [, count]) => sum + count, 0);
  gauge(registry, 'pushforward_trainings_beyond_all_workers', beyondHelp, waiting);
  const byRole = Object.fromEntries(roles.map((role) => [role, processes.filter((each) => each.role === role).length]));
  gauges(registry, 'pushforward_processes', 'Processes that are alive', { role: byRole });
  const slots = processes.reduce((sum, { trainingThreads }) => sum + trainingThreads, 0);
  gauge(registry, 'pushforward_training_slots', 'Trainings that the processes can do at once, if memory allows', slots);
}

function addServing(registry: Registry, stats: ReturnType<Measured['serving']['stats']>): void {
  const { waiting, running, models, artefactBytes, hits, misses } = stats;
  const help = 'Requests for few rows, and blocks of larger ones, that wait for a thread; and runs in threads';
  gauges(registry, 'pushforward_inference_runs', help, { state: { waiting, running } });
  gauge(registry, 'pushforward_cached_models', 'Models whose artefacts are kept in memory', models);
  gauge(registry, 'pushforward_cached_models_bytes', 'Memory that the kept artefacts take', artefactBytes);
  const lookups = new Counter({
    name: 'pushforward_model_lookups_total',
    help: 'Models that were asked for, by whether their artefact was in memory or had to be read from the database',
    labelNames: ['result'],
    registers: [registry],
  });
  lookups.inc({ result: 'hit' }, hits);
  lookups.inc({ result: 'miss' }, misses);
}

function addTraining(registry: Registry, { training, rows }: { training: number; rows: number }): void {
  gauge(registry, 'pushforward_models_in_training', 'Models that this process trains', training);
  const help = 'Rows of all batches that this process has trained on';
  new Counter({ name: 'pushforward_training_rows_total', help, registers: [registry] }).inc(rows);
}

function gauge(registry: Registry, name: string, help: string, value: number): void {
  new Gauge({ name, help, registers: [registry] }).set(value);
}

/** One gauge for each value of a label. */
function gauges(
  registry: Registry,
  name: string,
  help: string,
  labelled: Readonly<Record<string, Readonly<Record<string, number>>>>,
): void {
  const labelNames = Object.keys(labelled);
  const family = new Gauge({ name, help, labelNames, registers: [registry] });
  for (const [label, values] of Object.entries(labelled))
    for (const [value, count] of Object.entries(values)) family.set({ [label]: value }, count);
}
