import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { startService } from '../../src/service.ts';
import { resolveTraining } from '../../src/training/recipe.ts';
import { splitRows } from '../../src/training/rows.ts';
import { silent, temporaryDirectory } from '../support/postgres.ts';
import { call, postJson, waitFor } from '../support/service.ts';

const rows = 300;

/** `rare` has a value in test rows only; `yes` and `five` have but one, which shows where x is positive. */
function awkwardCsv(): string {
  const random = new RandomStream(3, 'noise');
  const { test: held } = splitRows(rows, resolveTraining({}, { rows }), 0);
  const lines = Array.from({ length: rows }, (_, row) => {
    const x = random.normal();
    const shown = (text: string) => (x > 0 ? text : '');
    const rare = held[0] === row ? '3.5' : held[1] === row ? '4.25' : '';
    return [x, shown('yes'), shown('5'), rare, row === held[2] ? '1.5' : '2.25', '', '7'].join(',');
  });
  return ['x,yes,five,rare,nearlySame,empty,same', ...lines].join('\n');
}

/** The answer, once the service is not too busy to give one. */
async function patiently(ask: () => ReturnType<typeof call>): ReturnType<typeof call> {
  const answer = await ask();
  if (answer.status !== 503) return answer;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return patiently(ask);
}

test('columns of one value, of none, and of others in held-out rows alone come through without options', async () => {
  await using data = await temporaryDirectory();
  const service = await startService(loadConfig({ DATA_DIR: data.path, PORT: '0' }), silent);
  try {
    const url = service.url ?? assert.fail('it does not listen');
    const headers = { 'content-type': 'text/csv' };
    const body = awkwardCsv();
    const upload = await patiently(() => call(`${url}/v1/datasets`, { method: 'POST', headers, body }));
    assert.equal(upload.status, 201, JSON.stringify(upload.body));
    // But for a flow that is quick to train.
    const asked = { datasetId: upload.body.id, flow: 'maf', training: { steps: 400 } };
    const { body: queued } = await patiently(() => postJson(`${url}/v1/models`, asked));
    assert.deepEqual(queued.columns, ['x', 'yes', 'five', 'rare', 'nearlySame']);
    assert.deepEqual(queued.warnings, ['Left out, having the same value in every row: "empty", "same".']);
    const model = await waitFor(url, queued.id, ['ready', 'failed']);
    assert.equal(model.status, 'ready', JSON.stringify(model.error));
    assert.ok(Number.isFinite(model.metrics.testLogProb), JSON.stringify(model.metrics));

    const { body: sample } = await patiently(() => call(`${url}/v1/models/${queued.id}/sample?n=400`));
    const right = sample.rows.filter(([x, yes, five]: [number, boolean | null, number | null]) =>
      x > 0 ? yes === true && five === 5 : yes === null && five === null,
    );
    assert.ok(right.length > 0.8 * 400, `${right.length} of 400`);
    const shown = [0.5, true, 5, null, 2.25];
    const pair = { rows: [shown, [0.5, null, null, null, 2.25]] };
    const scores = await patiently(() => postJson(`${url}/v1/models/${queued.id}/log-prob`, pair));
    const [likely, unlikely] = scores.body.logProb;
    assert.ok(likely > unlikely + 2, `${likely}, ${unlikely}`);
  } finally {
    await service.close();
  }
});
