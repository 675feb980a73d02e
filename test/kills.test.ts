import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDatabaseProxy } from './support/database-proxy.ts';
import { serverPid } from './support/fork-store.ts';
import { startTestStore, temporaryDirectory } from './support/postgres.ts';
import { rawRequest } from './support/raw-request.ts';
import { askForModel, call, startProcess, waitFor } from './support/service.ts';

const endless = { steps: 1_000_000, patience: 1_000_000, budgetSeconds: 600 };

describe('what is killed', () => {
  test('a model whose training ends its process each time is given up', async () => {
    await using data = await temporaryDirectory();
    let id = '';
    for (let attempt = 1; attempt <= 3; attempt++) {
      await using service = await startProcess({ DATA_DIR: data.path });
      id ||= await askForModel(service.url, endless);
      while ((await call(`${service.url}/v1/models/${id}`)).body.status !== 'training') await sleep(50);
      while (!service.log.some((line) => /training (started|taken up again)/.test(line))) await sleep(20);
      await service.stop('SIGKILL');
    }
    await using last = await startProcess({ DATA_DIR: data.path });
    const { status, error } = await waitFor(last.url, id, ['failed', 'ready']);
    assert.deepEqual([status, error.code], ['failed', 'attempts-exhausted']);
    assert.equal(await last.stop('SIGTERM'), 0);
  });

  test('PostgreSQL, under a training: it ends as if nothing had been', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path });
    const id = await askForModel(service.url, { ...endless, budgetSeconds: 6 });
    await waitFor(service.url, id, ['training']);
    process.kill(await serverPid(data.path), 'SIGKILL');
    const statuses = new Set<number>();
    let body = { status: '', code: '' };
    while (!['ready', 'failed'].includes(body.status)) {
      const response = await fetch(`${service.url}/v1/models/${id}`);
      statuses.add(response.status);
      body = Object(await response.json());
      if (response.status === 503)
        assert.ok(body.code === 'database-unavailable' && response.headers.has('retry-after'));
      await sleep(20);
    }
    assert.equal(body.status, 'ready');
    assert.deepEqual([...statuses].toSorted(), [200, 503]);
    assert.ok(service.log.some((line) => line.includes('embedded PostgreSQL is back')));
    assert.equal(await service.stop('SIGTERM'), 0);
  });

  test('PostgreSQL, for good: the service ends and says why', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path });
    await appendFile(join(data.path, 'postgres/postgresql.conf'), '\nshared_buffers = plenty\n');
    const ended = once(service.process, 'close');
    process.kill(await serverPid(data.path), 'SIGKILL');
    assert.deepEqual(await ended, [1, null]);
    assert.ok(service.log.some((line) => /is gone and does not come back: .*shared_buffers/.test(line)));
  });

  test('one of two processes in the midst of an upload: only what is its own is removed', async () => {
    await using database = await startTestStore();
    await using data = await temporaryDirectory();
    const environment = { DATA_DIR: data.path, DATABASE_URL: database.store.databaseUrl, ROLE: 'api' };
    await using living = await startProcess(environment);
    await using killed = await startProcess(environment);
    const csv = `x,y\n${Array.from({ length: 50 }, (_, row) => `${row},${row * row}\n`).join('')}`;
    const head = ['POST /v1/datasets HTTP/1.1', 'content-type: text/csv', `content-length: ${csv.length}`];
    const uploads = await Promise.all([living, killed].map(({ url }) => rawRequest(url, head, csv.slice(0, 100))));
    const spooled = async () =>
      (await readdir(join(data.path, 'uploads'), { recursive: true })).filter((path) => path.endsWith('upload'));
    while ((await spooled()).length < 2) await sleep(20);
    await killed.stop('SIGKILL');
    await using next = await startProcess(environment);
    assert.equal((await spooled()).length, 1);
    uploads[0].socket.write(csv.slice(100));
    while (!uploads[0].received().startsWith('HTTP/1.1 201')) await sleep(20);
    assert.equal((await call(`${next.url}/v1/datasets`)).body.items.length, 1);
    for (const service of [living, next]) assert.equal(await service.stop('SIGTERM'), 0);
    assert.deepEqual(await readdir(join(data.path, 'uploads')), []);
  });

  test('the way to the database, for longer than a process is waited for: a training is not begun again', async () => {
    await using database = await startTestStore();
    await using proxy = await startDatabaseProxy(database.store.databaseUrl);
    await using data = await temporaryDirectory();
    const environment = { DATA_DIR: data.path, DATABASE_URL: proxy.databaseUrl };
    await using api = await startProcess({ ...environment, ROLE: 'api' });
    await using worker = await startProcess({ ...environment, ROLE: 'worker' });
    await using other = await startProcess({ ...environment, ROLE: 'worker' });
    // It ends within the outage, and has to wait with what came of it.
    const id = await askForModel(api.url, { ...endless, budgetSeconds: 8 });
    // One that has not read its rows yet would be begun again.
    while (!((await call(`${api.url}/v1/models/${id}`)).body.progress?.step > 0)) await sleep(100);
    proxy.cut();
    const unavailable = await call(`${api.url}/v1/models/${id}`);
    assert.deepEqual([unavailable.status, unavailable.body.code], [503, 'database-unavailable']);
    assert.equal((await call(`${api.url}/readyz`)).status, 503);
    await sleep(15_000);
    await proxy.mend();
    await waitFor(api.url, id, ['ready']);
    assert.equal((await database.store.models.get(id)).attempt, 1);
    // All goes on as before.
    await waitFor(api.url, await askForModel(api.url, { steps: 50 }), ['ready']);
    for (const service of [api, worker, other]) assert.equal(await service.stop('SIGTERM'), 0);
  });

  test('a worker: another one goes on from its checkpoint', async () => {
    await using database = await startTestStore();
    await using data = await temporaryDirectory();
    const environment = { DATA_DIR: data.path, DATABASE_URL: database.store.databaseUrl };
    await using api = await startProcess({ ...environment, ROLE: 'api' });
    await using worker = await startProcess({ ...environment, ROLE: 'worker' });
    const id = await askForModel(api.url, { ...endless, budgetSeconds: 20 });
    while (!(await database.store.models.checkpoint(id))) await sleep(100);
    await worker.stop('SIGKILL');
    await using next = await startProcess({ ...environment, ROLE: 'worker' });
    while (!next.log.some((line) => line.includes('training taken up again'))) await sleep(100);
    const { attempt } = await database.store.models.get(id);
    assert.equal(attempt, 2);
    await waitFor(api.url, id, ['ready']);
    for (const service of [api, next]) assert.equal(await service.stop('SIGTERM'), 0);
  });
});
