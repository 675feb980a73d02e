import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, loadConfig } from '../src/config.ts';
import { startService } from '../src/service.ts';
import {
  silent,
  startTestStore,
  type TemporaryDirectory,
  type TestStore,
  temporaryDirectory,
} from './support/postgres.ts';
import { call, type ServiceProcess, startProcess } from './support/service.ts';

// A worker has no API; with PROBE_PORT it says how it is.

const key = 'a key of some length';
let database: TestStore;
let data: TemporaryDirectory;
before(async () => {
  database = await startTestStore();
  data = await temporaryDirectory();
});
after(async () => {
  await database[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
});

const startWorker = (more: Record<string, string> = {}) =>
  startProcess({ DATA_DIR: data.path, DATABASE_URL: database.store.databaseUrl, ROLE: 'worker', ...more });

const healthCheck = async (environment: Record<string, string>) => {
  const script = join(import.meta.dirname, '..', 'scripts', 'health.mjs');
  const [code] = await once(spawn(process.execPath, [script], { env: environment }), 'exit');
  return code;
};

async function metricsOf({ url }: ServiceProcess): Promise<string> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  assert.equal(response.status, 200);
  return response.text();
}

test('a worker says that it is alive and ready, and tells its metrics to keys', async () => {
  await using worker = await startWorker({ PROBE_PORT: '0', API_KEYS: key });
  assert.deepEqual(await call(`${worker.url}/healthz`), { status: 200, body: { status: 'alive' } });
  assert.equal((await call(`${worker.url}/readyz`)).body.status, 'ready');
  assert.equal((await call(`${worker.url}/metrics`)).body.code, 'unauthorized');
  assert.match(await metricsOf(worker), /^pushforward_models_in_training 0$/m);
  const other = await call(`${worker.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  assert.deepEqual([other.status, other.body.code], [404, 'route-not-found']);
  const { port } = new URL(worker.url);
  assert.equal(await healthCheck({ ROLE: 'worker', PROBE_PORT: port, PORT: '1' }), 0);
  assert.equal(await healthCheck({ ROLE: 'api', PORT: port }), 0);
  assert.equal(await worker.stop('SIGTERM'), 0);
  assert.equal(await healthCheck({ ROLE: 'worker', PROBE_PORT: port, PORT: '1' }), 1);
});

test('a worker is alive, and not ready, while it stops', async () => {
  await using worker = await startWorker({ PROBE_PORT: '0', API_KEYS: key, SHUTDOWN_DELAY_SECONDS: '5' });
  const ended = worker.stop('SIGTERM');
  while (!worker.log.some((line) => line.includes('"stopping"'))) await sleep(20);
  assert.equal((await call(`${worker.url}/healthz`)).status, 200);
  const { status, body } = await call(`${worker.url}/readyz`);
  assert.equal(status, 503);
  assert.deepEqual(body.errors, [{ path: '/stopping', message: 'The service is stopping.' }]);
  assert.equal(await ended, 0);
});

test('without PROBE_PORT a worker does not listen, and its health check asks nothing', async () => {
  await using worker = await startWorker();
  assert.equal(worker.url, '');
  assert.equal(await healthCheck({ ROLE: 'worker', PORT: '1' }), 0);
  assert.equal(await worker.stop('SIGTERM'), 0);
});

test('without keys a worker answers nobody but its own machine', async () => {
  await using bare = await startTestStore();
  const { databaseUrl } = bare.store;
  const config = loadConfig({ ROLE: 'worker', DATABASE_URL: databaseUrl, HOST: '0.0.0.0', PROBE_PORT: '0' });
  await assert.rejects(startService(config, silent), (error) => error instanceof ConfigError);
});
