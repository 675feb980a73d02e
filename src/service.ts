import type { Logger } from 'pino';
import { type Config, ConfigError } from './config.ts';
import { buildApp } from './http/app.ts';
import { isLoopback, loopback } from './http/local-host.ts';
import { startQueue } from './queue/queue.ts';
import { Serving } from './serving/serving.ts';
import { openStore, type Store } from './store/store.ts';
import { startTracing } from './telemetry/tracing.ts';
import { Trainer } from './training/trainer.ts';

/** A running service. */
export interface Service {
  /** Where it listens; undefined for a worker, which does not. */
  readonly url: string | undefined;
  /** Stops accepting, lets running work come to a safe place, and stops all that was started. */
  close(): Promise<void>;
}

/** Starts the roles that the configuration asks for. What was started is stopped again when a later part fails to start. */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const started: (() => Promise<void>)[] = [];
  const close = async () => {
    for (let stop = started.pop(); stop; stop = started.pop()) await stop();
  };
  try {
    const tracing = await startTracing(config, log);
    started.push(() => tracing.close());
    const store = await openStore({ ...config, log });
    started.push(() => store.close());
    if (config.role !== 'worker') await admitOperator(config, store);
    const queue = await startQueue(store, log);
    started.push(() => queue.stop());
    const trainer =
      config.role === 'api'
        ? undefined
        : new Trainer({ store, log, tracing, engine: config.engine, threads: config.trainingThreads });
    if (trainer) {
      // The queue waits for its handlers, and these for the trainer: both are told before either is waited for.
      started.push(async () => void (await Promise.all([queue.stop(), trainer.close()])));
      await queue.takeTraining(config.trainingThreads, (...job) => trainer.train(...job));
    }
    if (config.role === 'worker') return { url: undefined, close };
    const serving = new Serving({
      store,
      tracing,
      engine: config.engine,
      threads: config.inferenceThreads,
      modelBytes: config.modelCacheBytes,
      timeoutSeconds: config.limits.inferenceTimeoutSeconds,
    });
    started.push(() => serving.close());
    const app = await buildApp({ config, log, store, queue, serving, trainer, tracing });
    started.push(() => app.close());
    return { url: await app.listen({ host: config.host, port: config.port }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Throws ConfigError where others than this machine could reach a service that asks for no keys. */
async function admitOperator({ host, apiKeys }: Config, store: Store): Promise<void> {
  await store.apiKeys.adopt(apiKeys);
  if (isLoopback(host) || (await store.apiKeys.exist())) return;
  throw new ConfigError(
    `HOST=${host}: while there are no API keys only ${loopback.join(', ')} may be listened on: set API_KEYS, or make a key with npm run key`,
  );
}
