import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { temporaryDirectory } from './support/postgres.ts';
import { askForModel, call, postJson, startProcess, waitFor } from './support/service.ts';

const endless = { steps: 1_000_000, patience: 1_000_000, budgetSeconds: 600 };

describe('the service as a process', () => {
  test('a table becomes a model that scores and samples', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path });
    const id = await askForModel(service.url, { steps: 1500 });
    const model = await waitFor(service.url, id, ['ready', 'failed']);
    assert.equal(model.status, 'ready', JSON.stringify(model.error));
    assert.ok(model.metrics.testLogProb > model.metrics.gaussianTestLogProb, JSON.stringify(model.metrics));
    assert.ok(model.metrics.roundTripError < 1e-3, JSON.stringify(model.metrics));

    const sample = (query: string) => call(`${service.url}/v1/models/${id}/sample?${query}`);
    const few = await sample('n=3&seed=7');
    const many = await sample('n=700&seed=7');
    assert.deepEqual(few.body.columns, ['x', 'y']);
    assert.deepEqual(many.body.rows.slice(0, 3), few.body.rows, 'row i does not depend on n');
    assert.notDeepEqual((await sample('n=3&seed=8')).body.rows, few.body.rows);

    const scores = await postJson(`${service.url}/v1/models/${id}/log-prob`, { rows: many.body.rows });
    const mean = scores.body.logProb.reduce((total: number, value: number) => total + value, 0) / 700;
    // Samples score as the data do: both means estimate about the same number.
    assert.ok(Math.abs(mean - model.metrics.testLogProb) < 0.5, `${mean} against ${model.metrics.testLogProb}`);
    const far = await postJson(`${service.url}/v1/models/${id}/log-prob`, { rows: [[1e300, 0]] });
    assert.deepEqual(far.body, { logProb: [null] });

    assert.equal(await service.stop('SIGTERM'), 0);
  });

  test('a ready model gives the same answers after a restart', async () => {
    await using data = await temporaryDirectory();
    await using first = await startProcess({ DATA_DIR: data.path });
    const id = await askForModel(first.url, { steps: 100 });
    await waitFor(first.url, id, ['ready']);
    const rows = {
      rows: [
        [0.1, 0.2],
        [1, -0.5],
        [3, 3],
      ],
    };
    const before = await postJson(`${first.url}/v1/models/${id}/log-prob`, rows);
    assert.equal(await first.stop('SIGKILL'), 'SIGKILL');
    await using second = await startProcess({ DATA_DIR: data.path });
    assert.deepEqual(await postJson(`${second.url}/v1/models/${id}/log-prob`, rows), before);
    assert.equal(await second.stop('SIGINT'), 0);
  });

  test('training that a killed process left is taken up again and becomes ready', async () => {
    await using data = await temporaryDirectory();
    await using first = await startProcess({ DATA_DIR: data.path });
    const ready = await askForModel(first.url, { steps: 100 });
    await waitFor(first.url, ready, ['ready']);
    const id = await askForModel(first.url, { steps: 20_000, patience: 20_000, budgetSeconds: 4 });
    await waitFor(first.url, id, ['training']);
    assert.equal(await first.stop('SIGKILL'), 'SIGKILL');
    await using second = await startProcess({ DATA_DIR: data.path });
    assert.equal((await call(`${second.url}/v1/models/${ready}/sample?n=1`)).status, 200);
    await waitFor(second.url, id, ['ready']);
    assert.equal(await second.stop('SIGTERM'), 0);
  });

  test('a shutdown in the middle of training loses nothing either', async () => {
    await using data = await temporaryDirectory();
    await using first = await startProcess({ DATA_DIR: data.path });
    const id = await askForModel(first.url, { ...endless, budgetSeconds: 3 });
    await waitFor(first.url, id, ['training']);
    const started = performance.now();
    assert.equal(await first.stop('SIGTERM'), 0);
    assert.ok(performance.now() - started < 10_000, 'the shutdown waited for the training');
    await using second = await startProcess({ DATA_DIR: data.path });
    await waitFor(second.url, id, ['ready']);
    assert.equal(await second.stop('SIGTERM'), 0);
  });

  test('a cancelled training stops, and its thread is free again', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path, TRAINING_THREADS: '1' });
    const id = await askForModel(service.url, endless);
    await waitFor(service.url, id, ['training']);
    const { status } = await call(`${service.url}/v1/models/${id}/cancel`, { method: 'POST' });
    assert.equal(status, 202);
    await waitFor(service.url, id, ['cancelled']);
    await waitFor(service.url, await askForModel(service.url, { steps: 50 }), ['ready']);
    assert.equal(await service.stop('SIGTERM'), 0);
  });

  test('two hundred scorings at once while a model trains all succeed', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path });
    const id = await askForModel(service.url, { steps: 100 });
    await waitFor(service.url, id, ['ready']);
    const training = await askForModel(service.url, endless);
    await waitFor(service.url, training, ['training']);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        postJson(`${service.url}/v1/models/${id}/log-prob`, { rows: [[index / 100, 0.5]] }),
      ),
    );
    for (const { status, body } of answers)
      assert.ok(status === 200 && Number.isFinite(body.logProb[0]), JSON.stringify(body));
    assert.equal((await call(`${service.url}/v1/models/${training}`)).body.status, 'training');
    assert.equal(await service.stop('SIGTERM'), 0);
  });

  test('a wrong setting stops the start with one line that names it', async () => {
    await assert.rejects(startProcess({ PORT: 'http' }), /ended with 1/);
  });
});
