import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { type ServiceProcess, startProcess } from '../../test/support/service.ts';
import { twoMoons } from '../../test/support/two-moons.ts';
import { Pushforward, PushforwardError, type TableSource } from '../src/index.ts';
import { byteStream } from '../src/streams.ts';

const apiKey = 'a key of the tests of the client';
const values = twoMoons(400, { noise: 0.1, seed: 1 });
const rows = Array.from({ length: 400 }, (_, row) => [values[2 * row], values[2 * row + 1]]);
const records = rows.map(([x, y]) => ({ x, y }));
const csv = ['x,y', ...rows.map((row) => row.join(','))].join('\n');

async function* each<Item>(items: Iterable<Item>) {
  yield* items;
}

describe('the client of a real service', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let service: ServiceProcess;
  let client: Pushforward;
  let datasetId: string;
  let modelId: string;

  before(async () => {
    directory = await temporaryDirectory();
    service = await startProcess({ DATA_DIR: directory.path, API_KEYS: apiKey });
    client = new Pushforward({ url: service.url, apiKey });
    datasetId = (await client.datasets.upload(records, { name: 'moons' })).id;
    modelId = (await client.models.train({ datasetId, name: 'waves', flow: 'real-nvp', training: { steps: 150 } })).id;
  });
  after(async () => {
    await service?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  const columns = [{ name: 'x', lower: -10 }, 'y'];
  const sources: readonly [name: string, source: TableSource, options?: object][] = [
    ['lists', rows, { columns }],
    ['records', records],
    ['a Blob', new Blob([csv], { type: 'text/csv;charset=utf-8' })],
    ['a File', new File([csv], 'moons.csv')],
    ['an iterable of records', each(records)],
    ['an iterable of text', each(csv.split(/(?<=\n)/))],
    ['a stream of bytes', new Blob([csv]).stream()],
    ['a function', () => each([csv])],
    ['compressed bytes', new Blob([csv]).stream().pipeThrough(new CompressionStream('gzip')), { gzip: true }],
    ['NDJSON', new Blob([records.map((record) => JSON.stringify(record)).join('\n')]), { format: 'ndjson' }],
    ['a JSON file', new Blob([JSON.stringify({ records })], { type: 'application/json' })],
  ];
  for (const [name, source, options] of sources)
    test(`uploads ${name}`, async () => {
      const dataset = await client.datasets.upload(source, { name, ...options });
      assert.deepEqual([dataset.name, dataset.rowCount], [name, 400]);
      const stored = await client.datasets.rows(dataset.id, { limit: 2 });
      assert.deepEqual(stored, { ...stored, columns: ['x', 'y'], rows: rows.slice(0, 2) });
      await client.datasets.delete(dataset.id);
      await assert.rejects(client.datasets.get(dataset.id), { status: 404 });
    });

  test('tells how much has been sent, and what is to be said of columns', async () => {
    const sent: number[] = [];
    const { id, columns } = await client.datasets.upload(new Blob([csv]), {
      columns: [{ name: 'x', ignore: true }],
      onProgress: (bytes) => sent.push(bytes),
    });
    assert.equal(sent.at(-1), csv.length);
    assert.equal((await client.datasets.get(id)).columns.length, columns.length);
    assert.match(JSON.stringify(columns[0]), /"ignored"/);
    await client.datasets.delete(id);
  });

  test('rows that cannot be read are no failure of the network, and store nothing', async () => {
    const reason = new TypeError('the file is damaged');
    let asked = 0;
    const source = async function* () {
      asked++;
      yield 'x,y\n1,2\n';
      throw reason;
    };
    for (const rows of [source, source()])
      await assert.rejects(client.datasets.upload(rows, { name: 'damaged' }), (thrown) => thrown === reason);
    assert.equal(asked, 2);
    for await (const { name } of client.datasets.list()) assert.notEqual(name, 'damaged');
  });

  test('waits for a training, and tells how far it is', async () => {
    const steps: unknown[] = [];
    const model = await client.models.wait(modelId, { onProgress: ({ step }) => steps.push(step) });
    assert.equal(model.status, 'ready');
    assert.ok(steps.length > 0);
    const types = [];
    for await (const { type } of client.models.watch(modelId)) types.push(type);
    assert.equal(types.at(-1), 'status');
    const last: unknown[] = [];
    for await (const event of client.models.watch(modelId, { lastEventId: String(types.length - 1) })) last.push(event);
    assert.deepEqual(last, [{ id: String(types.length), type: 'status', data: { status: 'ready' } }]);
  });

  test('a training that is cancelled rejects who waits for it', async () => {
    const training = { steps: 1_000_000, patience: 1_000_000, budgetSeconds: 600 };
    const { id } = await client.models.train({ datasetId, flow: 'nice', training });
    for await (const event of client.models.watch(id))
      if (event.type === 'progress') {
        await client.models.cancel(id);
        break;
      }
    await assert.rejects(client.models.wait(id), { name: 'PushforwardError', code: 'cancelled', status: undefined });
    await client.models.delete(id);
  });

  test('samples and scores, whole or as a stream', async () => {
    await client.models.wait(modelId);
    const sample = await client.models.sample(modelId, { n: 3, seed: 7 });
    assert.deepEqual([sample.columns, sample.rows.length], [['x', 'y'], 3]);
    const lines = await text(await client.models.sample(modelId, { n: 3, seed: 7, format: 'csv' }));
    assert.equal(lines.trim(), ['x,y', ...sample.rows.map((row) => row.join(','))].join('\n'));

    const { logProb } = await client.models.logProb(modelId, [[1e300, 0], ...rows.slice(0, 2)]);
    assert.equal(logProb[0], null);
    const scores = await client.models.logProb(modelId, byteStream(each([csv])), { format: 'csv' });
    assert.deepEqual((await text(scores)).split('\n').slice(1, 3), logProb.slice(1).map(String));
    const { results } = await client.models.anomalies(modelId, [{ x: 50, y: 50 }], { alpha: 0.05 });
    assert.equal(results[0].anomaly, true);
  });

  test('what is wrong with a flow is named by its place', async () => {
    const flow = { layers: [{ type: 'coupling', hiden: [8] }] };
    await assert.rejects(client.models.train({ datasetId, flow }), (thrown) => {
      assert.ok(thrown instanceof PushforwardError);
      assert.deepEqual([thrown.status, thrown.errors[0].path], [422, '/flow/layers/0/hiden']);
      return true;
    });
  });

  test('jobs are waited for, and aliases stand for models', async () => {
    await client.models.wait(modelId);
    const alias = await client.aliases.set('production', modelId);
    assert.equal(alias.modelId, modelId);
    const { id } = await client.jobs.create('production', { kind: 'sample', n: 1000, seed: 1 });
    const job = await client.jobs.wait(id);
    const drawn = await client.datasets.get(job.outputDatasetId ?? assert.fail('no output'));
    assert.equal(drawn.rowCount, 1000);
    await assert.rejects(client.models.delete(modelId), { status: 409 });
    await client.aliases.delete('production');
    await client.jobs.delete(id);
  });

  test('sweeps are waited for, and rank their flows', async () => {
    const flows = [{ name: 'shift', flow: { layers: [{ type: 'actnorm' }] } }, { flow: 'real-nvp' }];
    const { id, trials } = await client.sweeps.create({ datasetId, flows, seeds: [0], training: { steps: 20 } });
    const seen: number[] = [];
    const sweep = await client.sweeps.wait(id, { onProgress: ({ ended }) => seen.push(ended) });
    assert.deepEqual(sweep.leaderboard.map(({ flow }) => flow).toSorted(), ['real-nvp', 'shift']);
    assert.equal(seen.at(-1), 2);
    await client.sweeps.delete(id);
    await assert.rejects(client.sweeps.get(id), { status: 404 });
    for (const { modelId: trial } of trials) await client.models.delete(trial ?? assert.fail('no model'));
  });

  test('lists, and every other route', async () => {
    const found = [];
    for await (const { id } of client.models.list({ name: 'waves' })) found.push(id);
    assert.deepEqual(found, [modelId]);
    const { data, response } = await client.api.GET('/v1/flows');
    assert.equal(response.status, 200);
    assert.ok(data && Object.keys(data).length > 0);
  });

  test('a wrong key is refused', async () => {
    const stranger = new Pushforward({ url: service.url, apiKey: 'wrong' });
    await assert.rejects(stranger.models.get(modelId), { status: 401 });
    await assert.rejects(stranger.models.watch(modelId).next(), { status: 401 });
  });
});
