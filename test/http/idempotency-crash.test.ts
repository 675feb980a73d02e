import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { usableCsv } from '../support/app.ts';
import { temporaryDirectory } from '../support/postgres.ts';
import { call, startProcess, untilTaken } from '../support/service.ts';

const spooled = (dataDirectory: string) => readdir(join(dataDirectory, 'uploads'), { recursive: true });

const newKey = () => crypto.randomUUID();

test('a process that is killed loses no answer, and holds no key', async () => {
  await using directory = await temporaryDirectory();
  const environment = { DATA_DIR: directory.path };
  const [done, undone] = [newKey(), newKey()];
  const headers = (key: string) => ({ 'content-type': 'text/csv', 'idempotency-key': key });
  const post = (url: string, key: string) =>
    call(`${url}/v1/datasets`, { method: 'POST', headers: headers(key), body: usableCsv });
  await using killed = await startProcess(environment);
  const first = await untilTaken(() => post(killed.url, done));
  assert.equal(first.status, 201);
  const broken = httpRequest(`${killed.url}/v1/datasets`, { method: 'POST', headers: headers(undone) });
  broken.on('error', () => {});
  broken.write(usableCsv);
  // Rows are written there once the key is claimed.
  while (!(await spooled(directory.path)).some((path) => path.includes('table-'))) await sleep(20);
  assert.equal((await post(killed.url, undone)).status, 409);
  await killed.stop('SIGKILL');
  await using service = await startProcess(environment);
  assert.ok(!(await spooled(directory.path)).some((path) => path.includes('table-')), 'what was half sent is left');
  assert.deepEqual(await untilTaken(() => post(service.url, done)), first);
  const { status, body } = await post(service.url, undone);
  assert.equal(status, 201);
  const { body: list } = await call(`${service.url}/v1/datasets`);
  assert.deepEqual(
    list.items.map(({ id }: { id: string }) => id),
    [body.id, first.body.id],
  );
});
