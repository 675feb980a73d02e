import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { startTestApp, type TestApp, uploadCsv, usableCsv } from '../support/app.ts';

type Line = Readonly<Record<string, unknown>>;

let lines: Line[] = [];
let service: TestApp;
before(async () => {
  service = await startTestApp({ log: pino({}, { write: (line) => lines.push(JSON.parse(line)) }) });
});
beforeEach(() => {
  lines = [];
});
after(() => service[Symbol.asyncDispose]());

/** The first line that says so; a request's last comes after its answer. */
async function line(msg: string): Promise<Line> {
  for (let tries = 0; tries < 100; tries++) {
    const found = lines.find((each) => each.msg === msg);
    if (found) return found;
    await sleep(20);
  }
  return assert.fail(`${msg} is not among ${lines.map((each) => each.msg).join(', ')}`);
}

test('every line of a request has one id, which an error gives to the caller', async () => {
  const { body } = await service.request.get('/v1/models/none').expect(404);
  const { reqId } = await line('request completed');
  assert.equal(body.instance, `urn:uuid:${reqId}`);
  assert.deepEqual(
    lines.map((each) => [each.msg, each.reqId]),
    ['incoming request', 'request completed'].map((msg) => [msg, reqId]),
  );
});

test('the id that a caller gives is logged beside the service’s own, if it can be one', async () => {
  await service.request.get('/v1/models').set('x-request-id', 'gateway/7:1+a=b.c-d_e').expect(200);
  const { reqId, clientRequestId } = await line('request completed');
  assert.equal(clientRequestId, 'gateway/7:1+a=b.c-d_e');
  assert.notEqual(reqId, clientRequestId);
  for (const unusable of ['two words', '{"level":60}', 'a'.repeat(129)]) {
    lines = [];
    await service.request.get('/v1/models').set('x-request-id', unusable).expect(200);
    assert.ok(!('clientRequestId' in (await line('request completed'))), unusable);
  }
});

test('an upload tells what was stored, and a model that it is queued, each under its request’s id', async () => {
  const datasetId = await uploadCsv(service);
  const { reqId } = await line('request completed');
  const stored = await line('table stored');
  assert.partialDeepStrictEqual(stored, { datasetId, reqId, rows: 30, bytes: Buffer.byteLength(usableCsv) });
  assert.ok(Number(stored.seconds) > 0 && Number(stored.seconds) < 60, `${stored.seconds}`);
  lines = [];
  const { body } = await service.request.post('/v1/models').send({ datasetId, flow: 'nice' }).expect(202);
  const queued = await line('model queued');
  assert.deepEqual([queued.modelId, queued.reqId], [body.id, (await line('request completed')).reqId]);
  const [{ data }] = await service.store.prisma.$queryRaw<[{ data: unknown }]>`SELECT data FROM pgboss.job`;
  const origin = { owner: 'local', reqId: queued.reqId };
  assert.deepEqual(data, { modelId: body.id, urgency: 0, ...origin }, 'the job knows who asked for it');
});

test('probes that fare well are not in the log', async () => {
  for (const path of ['/healthz', '/readyz', '/metrics']) await service.request.get(path).expect(200);
  await service.request.get('/v1/models').expect(200);
  await line('request completed');
  assert.equal(new Set(lines.map(({ reqId }) => reqId)).size, 1);
});
