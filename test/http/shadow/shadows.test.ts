import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Own } from '../../../src/http/services.ts';
import { comparisonIn, comparisonOf, together } from '../../../src/http/shadow/comparison.ts';
import { conditionalModel, readyModel, startTestApp, type TestApp } from '../../support/app.ts';
import { assertClose } from '../../support/close.ts';

let service: TestApp;
let production: string;
let candidate: string;
/** How the candidate scores: else half a nat below the model that answers, which is the standard normal. */
let asCandidate: (scores: Float64Array) => Promise<Float64Array>;
const half = async (scores: Float64Array) => scores.map((value) => value - 0.5);
let waiting = 0;

const serve = (serving: Own['serving']): Own['serving'] => ({
  ...serving,
  async logProb(id, ...rows) {
    const scores = await serving.logProb(id, ...rows);
    return id === candidate ? asCandidate(scores) : scores;
  },
});

before(async () => {
  const idle = { running: 0, models: 0, artefactBytes: 0, hits: 0, misses: 0 };
  const stats = {
    ...idle,
    get waiting() {
      return waiting;
    },
  };
  service = await startTestApp({ serve, stats });
  production = await readyModel(service);
  candidate = await readyModel(service);
});
after(() => service[Symbol.asyncDispose]());
beforeEach(async () => {
  asCandidate = half;
  waiting = 0;
});

const put = (path: string, body: object) => service.request.put(`/v1/aliases/${path}`).send(body);

/** An alias for the one model that is shadowed by the other. */
async function shadowed(name: string, share = 1): Promise<string> {
  await put(name, { modelId: production }).expect(201);
  await put(`${name}/shadow`, { modelId: candidate, share }).expect(200);
  return name;
}

const score = (name: string, rows: readonly (readonly (number | string)[])[]) =>
  service.request.post(`/v1/models/${name}/log-prob`).send({ rows }).expect(200);

const told = async (name: string) => (await service.request.get(`/v1/aliases/${name}/shadow`).expect(200)).body;

/** What is told once so many rows were scored or dropped. */
async function toldOf(name: string, rows: number) {
  let body = await told(name);
  for (; body.rows + body.dropped < rows; await sleep(20)) body = await told(name);
  return body;
}

const normal = (x: number, y: number) => -Math.log(2 * Math.PI) - (x * x + y * y) / 2;

test('requests are answered by the model of the alias alone, and compared on the same rows', async () => {
  const name = await shadowed('compared');
  const rows = [
    [0, 0],
    [1, 0.5],
    [-2, 1],
    [3, 3],
    // Impossible to both.
    [7, 0],
  ];
  const byId = await score(production, rows);
  const { body, headers } = await score(name, [...rows, ['not a number', 1]]);
  assert.deepEqual(body.logProb.slice(0, 5), byId.body.logProb);
  assert.equal(headers['model-id'], production);
  const found = await toldOf(name, 5);
  const scores = rows.slice(0, 4).map(([x, y]) => normal(x, y));
  const mean = scores.reduce((sum, value) => sum + value, 0) / 4;
  const deviation = Math.sqrt(scores.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3);
  assert.deepEqual([found.rows, found.dropped, found.logProb.rows], [5, 0, 4]);
  assert.deepEqual([found.modelId, found.productionId, found.share], [candidate, production, 1]);
  const { logProb } = found;
  assertClose(
    [logProb.production.mean, logProb.candidate.mean, logProb.difference.mean],
    [mean, mean - 0.5, -0.5],
    1e-12,
    'means',
  );
  assertClose(
    [logProb.production.standardError, logProb.candidate.standardError, logProb.difference.standardError],
    [deviation / 2, deviation / 2, 0],
    1e-7,
    'standard errors',
  );
  assert.deepEqual(found.zeroDensity, { production: 1, candidate: 1, both: 1 });
  assert.deepEqual(found.anomalies, { alpha: 0.01, rows: 5, production: 0.4, candidate: 0.4, different: 0 });
  assert.ok(found.rankCorrelation > 0.95, String(found.rankCorrelation));
});

test('anomalies and the Open Inference Protocol are compared, too; what is asked by the id is not', async () => {
  const name = await shadowed('asked');
  const rows = [[0, 0]];
  await service.request.post(`/v1/models/${name}/anomalies`).send({ rows }).expect(200);
  const input = { name: 'rows', shape: [2, 2], datatype: 'FP64', data: [0, 1, 1, 0] };
  await service.request
    .post(`/v2/models/${name}/infer`)
    .send({ inputs: [input] })
    .expect(200);
  await score(production, rows);
  // Neither are rows that nobody has sent.
  await service.request.get(`/v1/models/${name}/density?x=x&y=y&resolution=5`).expect(200);
  await score(name, rows);
  const found = await toldOf(name, 4);
  assert.equal(found.rows, 4);
  assert.ok(found.milliseconds.requests >= 2 && found.milliseconds.candidate >= 0);
});

test('an answer does not wait for the candidate, nor is it concerned by its failure', async () => {
  const name = await shadowed('waits');
  const released = Promise.withResolvers<void>();
  asCandidate = async (scores) => {
    await released.promise;
    return half(scores);
  };
  for (let turn = 0; turn < 3; turn++) await score(name, [[0, 0]]);
  assert.equal((await told(name)).rows, 0);
  released.resolve();
  assert.equal((await toldOf(name, 3)).rows, 3);
  asCandidate = async () => assert.fail('the candidate fails');
  await score(name, [[0, 0]]);
  const found = await toldOf(name, 4);
  assert.deepEqual([found.rows, found.dropped], [3, 1]);
});

test('while the service is busy the candidate is left out, and so it is told', async () => {
  const name = await shadowed('busy');
  waiting = 1;
  await score(name, [
    [0, 0],
    [1, 1],
  ]);
  waiting = 0;
  await score(name, [[2, 2]]);
  const found = await toldOf(name, 3);
  assert.deepEqual([found.rows, found.dropped], [1, 2]);
});

test('of many rows the share is scored', async () => {
  const name = await shadowed('share', 0.2);
  const rows = Array.from({ length: 500 }, (_, row) => [row / 500, 0]);
  for (let turn = 0; turn < 4; turn++) await score(name, rows);
  // Of 2,000 rows, a fifth: 400, give or take 18.
  let { rows: scored, dropped } = await told(name);
  while (scored + dropped < 300) ({ rows: scored, dropped } = await told(name));
  await sleep(50);
  ({ rows: scored, dropped } = await told(name));
  assert.ok(scored + dropped > 300 && scored + dropped < 500, `${scored} and ${dropped}`);
});

test('a comparison begins anew when either model is another, and ends when they are one', async () => {
  const name = await shadowed('anew');
  await score(name, [[0, 0]]);
  const { startedAt } = await toldOf(name, 1);
  // The share alone changes nothing else.
  await put(`${name}/shadow`, { modelId: candidate, share: 0.9 }).expect(200);
  assert.partialDeepStrictEqual(await told(name), { rows: 1, share: 0.9, startedAt });
  const next = await readyModel(service);
  const { body } = await put(name, { modelId: next }).expect(200);
  assert.deepEqual(body.shadow, { modelId: candidate, share: 0.9 });
  assert.partialDeepStrictEqual(await told(name), { rows: 0, productionId: next });
  await put(`${name}/shadow`, { modelId: candidate }).expect(200);
  await score(name, [[0, 0]]);
  await toldOf(name, 1);
  await put(`${name}/shadow`, { modelId: production }).expect(200);
  assert.partialDeepStrictEqual(await told(name), { rows: 0, modelId: production });
  // As when a candidate has proved itself.
  assert.equal((await put(name, { modelId: production }).expect(200)).body.shadow, null);
  await service.request.get(`/v1/aliases/${name}/shadow`).expect(404);
});

test('a model that shadows is not deleted, and no more once it does not', async () => {
  const name = await shadowed('kept');
  const spare = await readyModel(service);
  await put(`${name}/shadow`, { modelId: spare }).expect(200);
  const { body } = await service.request.delete(`/v1/models/${spare}`).expect(409);
  assert.match(body.detail, /in use by the alias "kept"/);
  await service.request.delete(`/v1/aliases/${name}/shadow`).expect(204);
  await service.request.delete(`/v1/aliases/${name}/shadow`).expect(404);
  await service.request.delete(`/v1/models/${spare}`).expect(204);
});

test('what cannot be compared is refused', async () => {
  await put('refused', { modelId: production }).expect(201);
  const shadow = (body: object) => put('refused/shadow', body);
  assert.equal((await shadow({ modelId: production }).expect(409)).body.code, 'same-model');
  const other = await shadow({ modelId: await conditionalModel(service) }).expect(422);
  assert.equal(other.body.code, 'shadow-mismatch');
  assert.match(
    other.body.detail,
    /Expected a model of "x" \(continuous\), "y" \(continuous\), got one of "x" \(continuous\) given "y"/,
  );
  for (const share of [0, 1.1, -1]) await shadow({ modelId: candidate, share }).expect(400);
  await put('nothing/shadow', { modelId: candidate }).expect(404);
});

test('what several processes find adds up, whatever a row that is kept by another version says', async () => {
  const scored = (...logProb: number[]) => ({
    logProb: Float64Array.from(logProb),
    pValues: Float64Array.from(logProb, (value) => Math.exp(value)),
    milliseconds: 2,
  });
  const all = comparisonOf(scored(-1, -2, -5, -Infinity), scored(-1.5, -2, -4, -7));
  const parts = [
    comparisonOf(scored(-1), scored(-1.5)),
    comparisonOf(scored(-2, -5), scored(-2, -4)),
    comparisonOf(scored(-Infinity), scored(-7)),
  ];
  const [one, two, three] = parts;
  for (const sum of [together(together(one, two), three), together(three, together(two, one))]) {
    assert.deepEqual([sum.rows, sum.zeros, sum.anomalies], [all.rows, all.zeros, all.anomalies]);
    for (const which of ['production', 'candidate', 'difference'] as const) {
      assert.equal(sum[which].count, 3);
      assertClose([sum[which].mean, sum[which].squares], [all[which].mean, all[which].squares], 1e-12, which);
    }
    assertClose([sum.pValues.products], [all.pValues.products], 1e-12, 'products');
    assert.deepEqual(comparisonIn(JSON.parse(JSON.stringify(sum))), sum);
  }
  assert.equal(comparisonIn({ rows: 'many' }).rows, 0);
  const { shadows } = service.store;
  const { body } = await service.request.get(`/v1/aliases/${await shadowed('several')}`).expect(200);
  const { id: aliasId } = await service.store.for({ owner: 'local' }).aliases.get(body.name);
  const compared = { aliasId, productionId: production, modelId: candidate };
  await Promise.all(parts.map((part) => shadows.add(compared, (kept) => together(comparisonIn(kept), part))));
  // Of what is over nothing is kept.
  await shadows.add({ ...compared, productionId: candidate }, () => assert.fail('it is another'));
  assert.partialDeepStrictEqual(await told('several'), {
    rows: 4,
    zeroDensity: { production: 1, candidate: 0, both: 0 },
  });
});
