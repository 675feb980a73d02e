import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { memoryWarnings } from '../../src/http/answers/memory-warnings.ts';
import { startQueue } from '../../src/queue/queue.ts';
import { startTestApp, type TestApp, uploadCsv } from '../support/app.ts';
import { silent } from '../support/postgres.ts';

const gibibyte = 2 ** 30;
const worker = { role: 'worker', trainingThreads: 2, inferenceThreads: 3, memoryBytes: gibibyte };

let service: TestApp;
before(async () => {
  service = await startTestApp();
});
after(() => service[Symbol.asyncDispose]());

const workers = async () => (await service.request.get('/v1/workers').expect(200)).body.items;
const jobsOf = (modelId: string) =>
  service.store.prisma.$queryRaw<object[]>`SELECT 1 FROM pgboss.job WHERE data->>'modelId' = ${modelId}`;

test('a process is told of from when it says so until it stops, with what it does', async () => {
  assert.deepEqual(await workers(), []);
  const queue = await startQueue(service.store, silent);
  await queue.announce(worker);
  const [{ id, host, startedAt, heardAt, ...rest }] = await workers();
  assert.ok(id && host && startedAt <= heardAt);
  assert.deepEqual(rest, {
    pid: process.pid,
    role: 'worker',
    threads: { training: 2, inference: 3 },
    memory: { bytes: gibibyte, takenBytes: 0 },
    doing: { bulk: 0 },
  });
  await queue.stop();
  assert.deepEqual(await workers(), []);
});

test('what a process trains is told, with the memory that it is counted with', async () => {
  const queue = await startQueue(service.store, silent);
  const done = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<void>();
  const datasetId = await uploadCsv(service);
  const { body } = await service.request.post('/v1/models').send({ datasetId, flow: 'real-nvp' }).expect(202);
  await queue.takeTraining({ threads: 2, memoryBytes: gibibyte }, async () => {
    taken.resolve();
    await done.promise;
  });
  await taken.promise;
  await queue.announce(worker);
  const [{ doing, memory }] = await workers();
  assert.deepEqual(doing, { training: 1, bulk: 0 });
  assert.ok(memory.takenBytes >= body.memoryBytes && memory.takenBytes <= gibibyte, JSON.stringify(memory));
  done.resolve();
  await queue.stop();
});

test('a process that is killed is told of no longer than it could have been silent', async () => {
  const dead = { ...worker, id: crypto.randomUUID(), host: 'gone', pid: 1, memoryTakenBytes: 0, doing: {} };
  await service.store.processes.beat(dead);
  assert.deepEqual(
    (await workers()).map(({ host }: { host: string }) => host),
    ['gone'],
  );
  await service.store.prisma.$executeRaw`UPDATE processes SET heard_at = now() - interval '16 seconds'`;
  assert.deepEqual(await workers(), []);
});

test('a model that no process has the memory for says so when it is asked for', async () => {
  const datasetId = await uploadCsv(service);
  const asked = { datasetId, flow: 'real-nvp', training: { batchSize: 20 } };
  const unknown = await service.request.post('/v1/models').send(asked).expect(202);
  assert.deepEqual(unknown.body.warnings, []);
  const queue = await startQueue(service.store, silent);
  await queue.announce({ ...worker, memoryBytes: 1000 });
  const { body } = await service.request.post('/v1/models').send(asked).expect(202);
  await queue.stop();
  assert.match(
    body.warnings.join(),
    /^Its training needs about .* GiB of memory.*: it is tried all the same, alone\.$/,
  );
});

test('it waits where other processes can come, and nothing is said where nobody trains or somebody has enough', () => {
  const described = { ...worker, id: '', host: '', pid: 1, memoryTakenBytes: 0, doing: {} };
  const living = { ...described, startedAt: new Date(), heardAt: new Date() };
  const warnings = (needed: number, processes: object[]) =>
    memoryWarnings(needed, { living: processes.map((each) => ({ ...living, ...each })), embedded: false });
  assert.deepEqual(warnings(3 * gibibyte, [{}, { memoryBytes: 2 * gibibyte }]), [
    'Its training needs about 3 GiB of memory, and is counted with 4 GiB; no worker has more than 2 GiB: it waits for one that has.',
  ]);
  assert.deepEqual(warnings(3 * gibibyte, [{}, { memoryBytes: 4 * gibibyte }]), []);
  assert.deepEqual(warnings(3 * gibibyte, [{ role: 'api', trainingThreads: 0, memoryBytes: 0 }]), []);
});

test('a model has the priority that it was asked for with, 0 where none was', async () => {
  const datasetId = await uploadCsv(service);
  const ask = (more: object) => service.request.post('/v1/models').send({ datasetId, flow: 'real-nvp', ...more });
  assert.equal((await ask({}).expect(202)).body.priority, 0);
  assert.equal((await ask({ priority: -10 }).expect(202)).body.priority, -10);
  for (const priority of [11, -11, 0.5, 'high']) {
    const { body } = await ask({ priority }).expect(400);
    assert.equal(body.errors[0].path, '/priority', JSON.stringify(body));
  }
});

test('a model that is cancelled, or deleted, before it was trained waits no longer', async () => {
  const datasetId = await uploadCsv(service);
  for (const end of ['cancel', 'delete']) {
    const { body } = await service.request.post('/v1/models').send({ datasetId, flow: 'real-nvp' }).expect(202);
    assert.equal((await jobsOf(body.id)).length, 1);
    if (end === 'cancel') await service.request.post(`/v1/models/${body.id}/cancel`).expect(202);
    else await service.request.delete(`/v1/models/${body.id}`).expect(204);
    assert.equal((await jobsOf(body.id)).length, 0, end);
  }
});
