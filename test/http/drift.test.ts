import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { conditionalModel, startTestApp, type TestApp, uploadCsv } from '../support/app.ts';
import { exactModel, groupRows } from '../support/gaussian-groups.ts';
import { parquetOf } from '../support/parquet.ts';

const random = new RandomStream(1, 'noise');

/** Rows as they are uploaded, and the same with y shifted. */
const table = (count: number, shift = 0) => {
  const rows = groupRows(count, random);
  return Array.from({ length: count }, (_, row) => {
    const [x, y, w, group] = rows.subarray(4 * row, 4 * row + 4);
    return [x, y + shift, w, ['a', 'b'][group]] as const;
  });
};
const csv = (rows: readonly (readonly unknown[])[]) => `x,y,w,group\n${rows.map((row) => `${row.join()}\n`).join('')}`;

let service: TestApp;
let datasetId: string;
let id: string;
before(async () => {
  service = await startTestApp({ serve: () => exactModel });
  datasetId = await uploadCsv(service, csv(table(3000)), 'groups');
  id = await modelOn(datasetId);
});
after(() => service[Symbol.asyncDispose]());

async function modelOn(dataset: string): Promise<string> {
  const { models } = service.store;
  const columns = ['x', 'y', 'w', 'group'];
  const model = { name: 'groups', datasetId: dataset, columns, context: [], flow: {}, training: {}, seed: 0 };
  const created = await models.create({ ...model, parameterCount: 4 }, async () => {});
  const started = await models.startAttempt(created.id);
  const result = { artefact: Buffer.from('an artefact'), metrics: {}, warnings: [], progress: {} };
  await models.complete(created.id, started?.attempt ?? 0, result);
  return created.id;
}

const drift = (query = '', model = id) => service.request.post(`/v1/models/${model}/drift${query}`);
const driftedColumns = (body: { columns: { column: string; drifted: boolean }[] }) =>
  body.columns.filter(({ drifted }) => drifted).map(({ column }) => column);

test('rows of the same distribution have not drifted, and what they were compared with is said', async () => {
  const { body } = await drift()
    .type('text/csv')
    .send(csv(table(400)))
    .expect(200);
  assert.deepEqual([body.drifted, body.level], [false, 0.01]);
  assert.deepEqual(body.rows, { given: 400, compared: 400, withoutDensity: 0 });
  assert.deepEqual(body.reference, { columns: 'dataset', rows: 3000, logProb: 'held-out', scores: 2000 });
  assert.deepEqual(
    body.columns.map(({ column, test }: { column: string; test: string }) => `${column}: ${test}`),
    ['x: kolmogorov-smirnov', 'y: kolmogorov-smirnov', 'w: kolmogorov-smirnov', 'group: chi-square'],
  );
});

test('rows in every format have the same drift', async () => {
  const rows = table(300, 1);
  const expected = (await drift().type('text/csv').send(csv(rows)).expect(200)).body;
  assert.deepEqual([expected.drifted, driftedColumns(expected), expected.logProb.drifted], [true, ['y'], true]);
  const records = rows.map(([x, y, w, group]) => ({ x, y, w, group }));
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const values = rows.map(([x, y, w, group]) => `(${x}::DOUBLE, ${y}::DOUBLE, ${w}::DOUBLE, '${group}')`);
  const parquet = await parquetOf(`SELECT * FROM (VALUES ${values}) rows(x, y, w, "group")`);
  const answers = [
    await drift().send({ rows }),
    await drift().send({ records }),
    await drift().type('application/x-ndjson').send(lines),
    await drift().type('application/vnd.apache.parquet').set('content-encoding', 'gzip').send(gzipSync(parquet)),
  ];
  for (const { body } of answers) assert.deepEqual(body, expected);
});

test('a dataset can be compared, and what it lacks is named', async () => {
  const same = await drift().send({ datasetId }).expect(200);
  assert.deepEqual([same.body.drifted, same.body.rows.given], [false, 3000]);
  const shifted = await uploadCsv(service, csv(table(500, 1)), 'shifted');
  assert.deepEqual(driftedColumns((await drift().send({ datasetId: shifted }).expect(200)).body), ['y']);
  const other = await uploadCsv(service, 'x,y,w\n1,2,3\n4,5,6\n', 'other');
  const lacking = await drift().send({ datasetId: other }).expect(422);
  assert.equal(lacking.body.detail, 'The dataset has no column "group".');
  const numbered = await uploadCsv(service, 'x,y,w,group\n1,2,3,1\n4,5,6,2\n', 'numbered');
  const differing = await drift().send({ datasetId: numbered }).expect(422);
  assert.equal(differing.body.detail, 'Column "group" of the dataset holds numbers, not texts.');
  await drift().send({ datasetId: '01930000-0000-7000-8000-000000000000' }).expect(404);
  for (const body of [{ datasetId: 'x' }, { datasetId, rows: [] }, `{"datasetId":"${datasetId}"${' '.repeat(300)}}`])
    assert.equal((await drift().type('application/json').send(body).expect(400)).body.code, 'invalid-request');
});

test('the level decides, gaps and unknown categories have no density', async () => {
  const rows = table(200).map((row, index) =>
    index < 2 ? [...row.slice(0, 3), 'c'] : index < 5 ? [...row.slice(0, 3), null] : row,
  );
  const strict = (await drift('?level=0.000001').send({ rows }).expect(200)).body;
  assert.deepEqual([strict.rows.withoutDensity, strict.drifted], [5, false]);
  assert.equal(strict.level, 1e-6);
  for (const level of ['0', '0.6', 'x']) await drift(`?level=${level}`).send({ rows }).expect(400);
});

test('without its dataset a model is compared by its samples', async () => {
  const dataset = await uploadCsv(service, csv(table(50)), 'short-lived');
  const model = await modelOn(dataset);
  await service.request.delete(`/v1/datasets/${dataset}`).expect(204);
  const { body } = await drift('', model)
    .send({ rows: table(300, 1) })
    .expect(200);
  assert.deepEqual([body.reference.columns, body.reference.rows, driftedColumns(body)], ['samples', 20_000, ['y']]);
});

test('what cannot be compared is refused', async () => {
  assert.equal((await drift().send({ rows: [] }).expect(422)).body.code, 'no-rows');
  assert.equal(
    (
      await drift()
        .send({ rows: [[1, 2]] })
        .expect(400)
    ).body.errors[0].path,
    '/rows/0',
  );
});

test('a model with context is compared with its dataset and scores, context and all', async () => {
  await using standard = await startTestApp();
  const conditional = await conditionalModel(standard);
  const rows = Array.from({ length: 30 }, (_, row) => [row, row / 7]);
  const path = `/v1/models/${conditional}/drift`;
  const { body } = await standard.request.post(path).send({ rows }).expect(200);
  assert.deepEqual(
    body.columns.map(({ column, statistic }: { column: string; statistic: number }) => [column, statistic]),
    [
      ['x', 0],
      ['y', 0],
    ],
  );
  assert.equal(body.reference.columns, 'dataset');
});
