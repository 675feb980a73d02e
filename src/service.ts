import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { BulkWorker } from './bulk/bulk-worker.ts';
import { type Config, ConfigError } from './config.ts';
import { isLoopback, loopback } from './http/access/local-host.ts';
import { buildApp } from './http/app.ts';
import { closeWithin, openConnections } from './http/connections/close.ts';
import { claimSpoolDirectory } from './http/connections/spool-directory.ts';
import { buildProbeApp } from './http/probe-app.ts';
import type { ProcessKind } from './queue/presence.ts';
import { startQueue } from './queue/queue.ts';
import { Serving } from './serving/serving.ts';
import type { StoreStartError } from './store/errors.ts';
import { openStore, type Store } from './store/store.ts';
import { startTracing } from './telemetry/tracing.ts';
import { Trainer } from './training/trainer.ts';

/** A running service. */
export interface Service {
  /** Where it listens; undefined for a worker whose probes have no port. */
  readonly url: string | undefined;
  /**
   * Says that it is not ready, waits as long as the configuration asks for, stops accepting, lets running work come to a safe
   * place, and stops all that was started. Requests are cut off in time for this to fit into the grace; a training thread that
   * is inside a long native call may exceed it.
   */
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** Called when the embedded database is lost for good. */
  readonly onLost?: (error: StoreStartError) => void;
}

/** Of the grace, the part after which requests are cut off; the rest is for all else that has to stop. */
const requestShare = 0.8;
/** A question that is under way when all else has stopped is answered, or cut off, within this time. */
const probeMilliseconds = 1000;

/** Starts the roles that the configuration asks for. What was started is stopped again when a later part fails to start. */
export async function startService(config: Config, log: Logger, options: ServiceOptions = {}): Promise<Service> {
  await using started = new AsyncDisposableStack();
  const tracing = await startTracing(config, log);
  started.defer(() => tracing.close());
  const store = await openStore({ ...config, ...options, log });
  started.defer(() => store.close());
  const port = config.role === 'worker' ? config.probePort : config.port;
  if (port !== undefined) await admitOperator(config, store);
  const queue = await startQueue(store, log);
  started.defer(() => queue.stop());
  const running: (() => Promise<void>)[] = [];
  const stopping = new AbortController();

  const serving = new Serving({
    store,
    tracing,
    engine: config.engine,
    threads: config.inferenceThreads,
    modelBytes: config.modelCacheBytes,
    timeoutSeconds: config.limits.inferenceTimeoutSeconds,
  });
  started.defer(() => serving.close());
  const elsewhere = () => queue.slotsElsewhere();
  const trainer =
    config.role === 'api'
      ? undefined
      : new Trainer({ store, log, tracing, engine: config.engine, threads: config.trainingThreads, elsewhere });
  if (trainer) {
    // The queue waits for its handlers, and these for the trainer: both are told before either is waited for.
    const stopTraining = async () => void (await Promise.all([queue.drain(), trainer.close()]));
    started.defer(stopTraining);
    running.push(stopTraining);
    const limits = { threads: config.trainingThreads, memoryBytes: config.workerMemoryBytes };
    const places = { ...limits, otherSources: [trainer.legs] };
    await queue.takeTraining(places, (...job) => trainer.train(...job));
    const worker = new BulkWorker({ store, serving, log, tracing, queue: queue.bulk });
    await queue.bulk.take(config.inferenceThreads, (task) => worker.run(task));
  }
  await queue.announce(processKind(config));
  const services = { config, log, store, queue, serving, trainer, stopping: stopping.signal };
  let url: string | undefined;
  if (config.role !== 'worker') {
    started.use(await claimSpoolDirectory(config.dataDirectory));
    const app = await buildApp({ ...services, tracing });
    started.defer(() => app.close());
    const connections = openConnections(app.server);
    const milliseconds = 1000 * requestShare * config.shutdown.graceSeconds;
    running.push(() => closeWithin(app, { connections, milliseconds, log }));
    url = await app.listen({ host: config.host, port });
  } else if (port !== undefined) {
    const app = await buildProbeApp(services);
    const connections = openConnections(app.server);
    // Last of all, so that it can be asked while training comes to its end.
    started.defer(() => closeWithin(app, { connections, milliseconds: probeMilliseconds, log }));
    url = await app.listen({ host: config.host, port });
  }
  const resources = started.move();
  const close = async () => {
    stopping.abort();
    await sleep(1000 * config.shutdown.delaySeconds);
    await Promise.allSettled(running.map((stop) => stop()));
    await resources.disposeAsync();
  };
  return { url, close };
}

function processKind({ role, trainingThreads, inferenceThreads, workerMemoryBytes: memoryBytes }: Config): ProcessKind {
  if (role === 'api') return { role, trainingThreads: 0, inferenceThreads, memoryBytes: 0 };
  return { role, trainingThreads, inferenceThreads, memoryBytes };
}

/** Throws ConfigError where others than this machine could reach a service that asks for no keys. */
async function admitOperator({ host, apiKeys }: Config, store: Store): Promise<void> {
  await store.apiKeys.adopt(apiKeys);
  if (isLoopback(host) || (await store.apiKeys.exist())) return;
  throw new ConfigError(
    `HOST=${host}: while there are no API keys only ${loopback.join(', ')} may be listened on: set API_KEYS, or make a key with npm run key`,
  );
}
