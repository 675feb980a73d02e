import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import supertest from 'supertest';
import { loadConfig } from '../../src/config.ts';
import { buildApp } from '../../src/http/app.ts';
import { Serving } from '../../src/serving/serving.ts';
import { conditionalModel, queuedModel, readyModel, startTestApp, type TestApp, uploadCsv } from '../support/app.ts';
import { assertClose } from '../support/close.ts';
import { secondVersion } from '../support/old-artefacts.ts';
import { parquetOf, readParquet } from '../support/parquet.ts';
import { silent } from '../support/postgres.ts';
import { untilTaken } from '../support/service.ts';

let service: TestApp;
let id: string;
before(async () => {
  service = await startTestApp({ limits: { maxScoreRows: 20, maxExplainedCells: 8 } });
  id = await readyModel(service);
});
after(() => service[Symbol.asyncDispose]());

const peak = -Math.log(2 * Math.PI);
const judge = (query: Record<string, unknown> = {}) => service.request.post(`/v1/models/${id}/anomalies`).query(query);

/** Usual, less so, unusual, and where the density is zero. */
const rows = [
  [0, 0],
  [1, -1],
  [4, 0],
  [7, 0],
];
const expected = [
  { logProb: peak, pValue: 1, anomaly: false },
  { logProb: peak - 1, pValue: 0.37, anomaly: false },
  { logProb: peak - 8, pValue: 0.01, anomaly: true },
  { logProb: null, pValue: 0.01, anomaly: true },
];

test('rows are judged by calibration rows, the same from all formats', async () => {
  const answer = { threshold: peak + Math.log(0.01), calibrationRows: 99, results: expected };
  const records = rows.map(([x, y]) => ({ y, x }));
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const parquet = await parquetOf('SELECT y, x FROM (VALUES (0, 0), (-1, 1), (0, 4), (0, 7)) rows(y, x)');
  const answers = await Promise.all([
    judge().send({ rows }),
    judge().send({ records }),
    judge().type('text/csv').send('y,x\n0,0\n-1,1\n0,4\n0,7\n'),
    judge().type('application/x-ndjson').send(lines),
    judge().type('application/vnd.apache.parquet').set('content-encoding', 'gzip').send(gzipSync(parquet)),
  ]);
  for (const { status, body } of answers) {
    assert.equal(status, 200, JSON.stringify(body));
    // What differs by less counts as the same.
    assertClose([body.threshold], [answer.threshold], 2e-4);
    assert.deepEqual({ ...body, threshold: answer.threshold }, answer);
  }
  assert.deepEqual(await service.uploads(), []);
});

test('and in all formats', async () => {
  const csv = await judge({ format: 'csv' }).send({ rows }).expect(200);
  assert.equal(csv.headers['content-type'], 'text/csv; charset=utf-8');
  const texts = [`${peak},1,false`, `${peak - 1},0.37,false`, `${peak - 8},0.01,true`, ',0.01,true'];
  assert.equal(csv.text, `logProb,pValue,anomaly\n${texts.join('\n')}\n`);
  const ndjson = await judge({ format: 'ndjson' }).send({ rows }).buffer(true).expect(200);
  assert.deepEqual(
    ndjson.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    expected,
  );
  const parquet = await judge({ format: 'parquet' })
    .send({ rows: [...rows, ['a', 0]] })
    .responseType('blob')
    .expect(200);
  assert.deepEqual(await readParquet(parquet.body), {
    names: ['logProb', 'pValue', 'anomaly'],
    types: ['DOUBLE', 'DOUBLE', 'BOOLEAN'],
    rows: [
      ...expected.map(({ logProb, pValue, anomaly }) => [logProb ?? Number.NEGATIVE_INFINITY, pValue, anomaly]),
      [null, null, null],
    ],
  });
});

test('alpha says how many usual rows are called anomalies', async () => {
  const { body } = await judge({ alpha: 0.4 }).send({ rows }).expect(200);
  assert.deepEqual(
    body.results.map(({ anomaly }: { anomaly: boolean }) => anomaly),
    [false, true, true, true],
  );
  assertClose([body.threshold], [peak + Math.log(0.4)], 2e-4);
});

test('where so few calibration rows allow no anomaly there is no threshold, and only the impossible is one', async () => {
  const { body } = await judge({ alpha: 0.005 }).send({ rows }).expect(200);
  assert.equal(body.threshold, null);
  assert.deepEqual(
    body.results.map(({ anomaly }: { anomaly: boolean }) => anomaly),
    [false, false, false, true],
  );
});

test('with fdr the rate is one of false discoveries among all rows of the request', async () => {
  const usual = Array.from({ length: 10 }, () => [0.5, 0.5]);
  const anomalies = async (fdr: number, unusual: number) => {
    const all = [...usual, ...Array.from({ length: unusual }, () => [4, 0])];
    const { body } = await judge({ fdr }).send({ rows: all }).expect(200);
    return body.results.filter(({ anomaly }: { anomaly: boolean }) => anomaly).length;
  };
  // The line at the k-th of m p-values is fdr k / m: 0.05 / 11 < 0.01, but 0.05 * 3 / 13 > 0.01.
  assert.deepEqual([await anomalies(0.05, 1), await anomalies(0.05, 3)], [0, 3]);
  const { body } = await judge({ fdr: 0.05, alpha: 0.05 }).send({ rows }).expect(422);
  assert.deepEqual([body.code, body.detail], ['alpha-and-fdr', 'alpha=0.05 and fdr=0.05: expected one of the two.']);
});

test('a row that cannot be read has no p-value, spoils no other, and is an error if wanted', async () => {
  const mixed = {
    rows: [
      ['a', 0],
      [0, 0],
      [0, null],
    ],
  };
  const { body } = await judge().send(mixed).expect(200);
  const none = { logProb: null, pValue: null, anomaly: null };
  assert.deepEqual(body.results, [none, expected[0], none]);
  assert.deepEqual(
    body.problems.map(({ row, column, code }: { row: number; column: string; code: string }) => [row, column, code]),
    [
      [0, 'x', 'not-a-number'],
      [2, 'y', 'missing-cell'],
    ],
  );
  const csv = await judge({ format: 'csv', explain: true }).send(mixed).expect(200);
  assert.equal(csv.text.split('\n')[1], ',,,,,');
  const refused = await judge({ strict: true }).send(mixed).expect(422);
  assert.equal(refused.body.detail, '/rows/0/0: Expected a finite number, got "a".');
});

test('contributions sum up to what the row is less likely than others, and single out the column', async () => {
  const { body } = await judge({ explain: true }).send({ rows }).expect(200);
  const [, usual, unusual, impossible] = body.results;
  for (const { logProb, reference, contributions } of [usual, unusual])
    assertClose([contributions.x + contributions.y], [reference - logProb], 1e-12);
  assert.equal(usual.reference, unusual.reference);
  // The columns are independent: each has its own part of the shortfall, the same in every row.
  assertClose([unusual.contributions.x - usual.contributions.x], [(16 - 1) / 2], 1e-9);
  assert.deepEqual([impossible.reference, impossible.contributions], [null, null]);
  assert.deepEqual((await judge({ explain: true }).send({ rows }).expect(200)).body, body);
  const csv = await judge({ explain: true, format: 'csv' }).send({ rows }).expect(200);
  const [names, , line] = csv.text.split('\n');
  assert.equal(names, 'logProb,pValue,anomaly,reference,contribution.x,contribution.y');
  const { logProb, pValue, anomaly, reference, contributions } = usual;
  assert.equal(line, [logProb, pValue, anomaly, reference, contributions.x, contributions.y].join());
});

test('more rows than may be explained are refused, but may be judged', async () => {
  const five = { rows: [...rows, [0, 0]] };
  const { body } = await judge({ explain: true }).send(five).expect(413);
  assert.equal(body.detail, 'The rows to explain, times 2 columns, are more than MAX_EXPLAINED_CELLS=8 allows.');
  await judge().send(five).expect(200);
});

test('given context, its columns condition and contribute nothing', async () => {
  const conditional = await conditionalModel(service);
  const path = `/v1/models/${conditional}/anomalies`;
  const given = {
    records: [
      { x: 3, y: 1 },
      { x: 0, y: 'a' },
    ],
  };
  const { body } = await service.request.post(path).query({ explain: true }).send(given).expect(200);
  const [judged, unknown] = body.results;
  assert.deepEqual(Object.keys(judged.contributions), ['x']);
  // What is drawn given y = 1 is x = 1 alone.
  assertClose([judged.reference, judged.contributions.x], [peak - 1, (9 - 1) / 2], 1e-12);
  assert.deepEqual([unknown.pValue, unknown.anomaly], [null, null]);
});

for (const [query, path] of [
  ['alpha=0', '/alpha'],
  ['alpha=1', '/alpha'],
  ['fdr=2', '/fdr'],
  ['explain=1', '/explain'],
  ['aplha=0.1', '/aplha'],
])
  test(`anomalies?${query} is refused`, async () => {
    const { body } = await service.request.post(`/v1/models/${id}/anomalies?${query}`).send({ rows }).expect(400);
    assert.equal(body.errors[0].path, path);
  });

test('tables that cannot be scored are refused as such', async () => {
  const tooMany = await judge().send({ rows: Array.from({ length: 21 }, () => [0, 0]) });
  assert.deepEqual(
    [tooMany.status, tooMany.body.detail],
    [413, 'The rows to score are more than MAX_SCORE_ROWS=20 allows.'],
  );
  const empty = await judge().send({ rows: [] });
  assert.deepEqual([empty.status, empty.body.detail], [422, 'There are no rows to score.']);
  const other = await judge().type('text/csv').send('x\n1\n').expect(422);
  assert.equal(other.body.detail, 'The column "y" is missing.');
  await judge().type('text/plain').send('x').expect(415);
});

test('a model that is not ready cannot be asked', async () => {
  const queued = await queuedModel(service);
  const { body } = await service.request.post(`/v1/models/${queued.id}/anomalies`).send({ rows }).expect(409);
  assert.equal(body.code, 'model-not-ready');
});

test('a model that was trained before calibration rows were kept says what to do', async () => {
  const datasetId = await uploadCsv(service);
  const model = { name: 'old', datasetId, columns: ['a', 'b'], context: ['c'], flow: {}, training: {} };
  const old = await service.store.models.create({ ...model, seed: 0, parameterCount: 6 }, async () => {});
  const attempt = (await service.store.models.startAttempt(old.id))?.attempt ?? assert.fail('not started');
  await service.store.models.complete(old.id, attempt, {
    artefact: secondVersion,
    metrics: {},
    warnings: [],
    progress: {},
  });
  const { store, queue } = service;
  const serving = new Serving({ store, engine: 'onnx', threads: 1 });
  const app = await buildApp({ config: loadConfig({}), log: silent, store, queue, serving });
  try {
    const { status, body } = await untilTaken(async () =>
      supertest(app.server)
        .post(`/v1/models/${old.id}/anomalies`)
        .send({ rows: [[1.5, -3, 7]] }),
    );
    assert.deepEqual([status, body.code], [409, 'not-calibrated']);
    assert.match(body.detail, /has no calibration scores, since an earlier version .* trained it: train it again\.$/);
  } finally {
    await app.close();
    await serving.close();
  }
});
