import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { assertClose } from '../support/close.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/postgres.ts';
import { call, postJson, type ServiceProcess, startProcess, untilTaken, waitFor } from '../support/service.ts';

const random = new RandomStream(6, 'noise');

/** Two numbers that go together, a colour of which red is rarer and wider, and a count. */
function drawn(): [x: number, y: number, colour: string, count: number] {
  const colour = random.uniform() < 0.35 ? 'red' : 'blue';
  const x = (colour === 'red' ? 3 : 1) * random.normal();
  return [x, x + 0.3 * random.normal(), colour, random.below(30)];
}

let data: TemporaryDirectory;
let service: ServiceProcess;
let dataset: string;
before(async () => {
  data = await temporaryDirectory();
  service = await startProcess({ DATA_DIR: data.path });
  const lines = Array.from({ length: 1500 }, () => drawn().join());
  const columns = JSON.stringify([{ name: 'count', kind: 'integer', lower: 0 }]);
  const { status, body } = await untilTaken(() =>
    call(`${service.url}/v1/datasets?name=points&columns=${encodeURIComponent(columns)}`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: ['x,y,colour,count', ...lines].join('\n'),
    }),
  );
  assert.equal(status, 201, JSON.stringify(body));
  dataset = body.id;
});
after(async () => {
  await service[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
});

async function trained(options: object): Promise<string> {
  const training = { steps: 400, testFraction: 0.3 };
  const asked = { datasetId: dataset, flow: 'real-nvp', training, ...options };
  const { status, body } = await untilTaken(() => postJson(`${service.url}/v1/models`, asked));
  assert.equal(status, 202, JSON.stringify(body));
  const model = await waitFor(service.url, body.id, ['ready', 'failed']);
  assert.equal(model.status, 'ready', JSON.stringify(model.error));
  return `${service.url}/v1/models/${body.id}/anomalies`;
}

interface Result {
  readonly logProb: number | null;
  readonly pValue: number;
  readonly anomaly: boolean;
  readonly reference: number;
  readonly contributions: Readonly<Record<string, number>>;
}

/** That of `alarms` among `rows` the rate is alpha, within four deviations: alpha is itself that of n calibration rows. */
function assertRate(alarms: number, rows: number, alpha: number, n: number): void {
  const expected = Math.floor(alpha * (n + 1)) / (n + 1);
  const deviation = Math.sqrt(expected * (1 - expected) * (1 / rows + 1 / (n + 2)));
  assert.ok(Math.abs(alarms / rows - expected) < 4 * deviation, `${alarms} of ${rows}, expected ${expected}`);
}

describe('a model of columns of every kind', () => {
  let path: string;
  before(async () => {
    path = await trained({});
  });

  test('calls as many fresh rows anomalies as asked for', async () => {
    const rows = Array.from({ length: 4000 }, drawn);
    const { body } = await postJson(`${path}?alpha=0.05`, { rows });
    assert.deepEqual([body.calibrationRows, body.results.length], [450, 4000]);
    const results: Result[] = body.results;
    assertRate(results.filter(({ anomaly }) => anomaly).length, 4000, 0.05, 450);
    for (const { logProb, anomaly } of results) assert.equal(Number(logProb) < body.threshold, anomaly);
  });

  test('names the column that is off, and shares a broken correlation', async () => {
    const rows = [
      [0, 0, 'blue', 29 + 40],
      [2, -2, 'blue', 12],
    ];
    const { body } = await postJson(`${path}?explain=true`, { rows });
    const [far, broken]: Result[] = body.results;
    for (const { logProb, anomaly, reference, contributions } of [far, broken]) {
      assert.equal(anomaly, true);
      const sum = Object.values(contributions).reduce((total, nats) => total + nats, 0);
      assertClose([sum], [reference - Number(logProb)], 1e-6);
    }
    const ranked = Object.entries(far.contributions).toSorted(([, a], [, b]) => b - a);
    assert.equal(ranked[0][0], 'count', JSON.stringify(ranked));
    const { x, y, colour, count } = broken.contributions;
    assert.ok(Math.min(x, y) > 0.25 * (x + y) && Math.max(colour, count) < 0.2 * (x + y), JSON.stringify(broken));
  });

  test('calls the impossible an anomaly, and says nothing of what it cannot read', async () => {
    const rows = [
      [0, 0, 'green', 12],
      [0, 0, 'blue', 1.5],
      [0, 0, 'blue', -1],
      ['zero', 0, 'blue', 12],
      [0, 0, 'blue', 12],
    ];
    const { body } = await postJson(path, { rows });
    const impossible = { logProb: null, pValue: 1 / 451, anomaly: true };
    assert.deepEqual(body.results.slice(0, 4), [
      ...[impossible, impossible, impossible],
      { logProb: null, pValue: null, anomaly: null },
    ]);
    assert.equal(body.results[4].anomaly, false);
    const codes = body.problems.map(({ row, code }: { row: number; code: string }) => [row, code]);
    for (const problem of [
      [0, 'unknown-category'],
      [1, 'not-an-integer'],
      [3, 'not-a-number'],
    ])
      assert.ok(
        codes.some((found: unknown[]) => found.join() === problem.join()),
        JSON.stringify(codes),
      );
  });

  test('judges rows as they come, and names those that it cannot read wherever they stand', async () => {
    const lines = Array.from({ length: 3000 }, (_, row) => (row === 2900 ? 'zero,0,blue,12' : drawn().join()));
    const csv = {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: ['x,y,colour,count', ...lines].join('\n'),
    };
    const { results, problems } = (await call(path, csv)).body;
    assert.deepEqual(
      results.flatMap(({ pValue }: Result, row: number) => (pValue === null ? [row] : [])),
      [2900],
    );
    assert.deepEqual([problems.length, problems[0].row, problems[0].column], [1, 2900, 'x']);
    const texts = (await (await fetch(`${path}?format=csv`, csv)).text()).trimEnd().split('\n').slice(1);
    assert.deepEqual(
      texts,
      results.map(({ logProb, pValue, anomaly }: Result) => [logProb, pValue, anomaly].join()),
    );
  });
});

describe('a model given a category', () => {
  let path: string;
  before(async () => {
    path = await trained({ columns: ['x', 'y'], context: ['colour'] });
  });

  test('compares rows with those of their own category, as asked for in each', async () => {
    const rows = Array.from({ length: 4000 }, drawn);
    const records = rows.map(([x, y, colour]) => ({ x, y, colour }));
    const { body } = await postJson(`${path}?alpha=0.1`, { records });
    assert.equal(body.groups.length, 2);
    for (const { context, calibrationRows, threshold } of body.groups) {
      const results: Result[] = body.results.filter((_: Result, row: number) => rows[row][2] === context.colour);
      assertRate(results.filter(({ anomaly }) => anomaly).length, results.length, 0.1, calibrationRows);
      for (const { logProb, anomaly } of results) assert.equal(Number(logProb) < threshold, anomaly);
    }
  });

  test('says nothing of rows whose context it does not know, and what is wide for one is not for the other', async () => {
    const records = ['blue', 'red', 'green'].map((colour) => ({ x: 5, y: 5, colour }));
    const { body } = await postJson(`${path}?explain=true`, { records });
    const [blue, red, green]: Result[] = body.results;
    assert.deepEqual([blue.anomaly, red.anomaly, green.anomaly], [true, false, null]);
    assert.deepEqual(Object.keys(blue.contributions), ['x', 'y']);
    assert.ok(blue.reference > red.reference);
  });
});
