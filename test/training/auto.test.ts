import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import { candidates } from '../../src/flow/candidates.ts';
import { type Service, startService } from '../../src/service.ts';
import { trainingSchema } from '../../src/training/recipe.ts';
import { silent, type TemporaryDirectory, temporaryDirectory } from '../support/postgres.ts';
import { askForModel, call, postJson, waitFor } from '../support/service.ts';

let data: TemporaryDirectory;
let service: Service;
let url: string;
before(async () => {
  data = await temporaryDirectory();
  service = await startService(loadConfig({ DATA_DIR: data.path, PORT: '0', TRAINING_THREADS: '2' }), silent);
  url = service.url ?? assert.fail('it does not listen');
});
after(async () => {
  await service.close();
  await data[Symbol.asyncDispose]();
});

test('who asks for "auto" gets the best of several flows, mixed, and sees how they raced', async () => {
  const asked = { steps: 60, raceSteps: 20, evaluationSteps: 10, ensemble: 2 };
  const id = await askForModel(url, asked, { flow: 'auto', rows: 200 });
  const { body: planned } = await call(`${url}/v1/models/${id}`);
  const names = [...candidates.keys()];
  assert.equal(planned.parameterCount === null, planned.flow === 'auto');
  assert.deepEqual(
    planned.race.candidates.map(({ name }: { name: string }) => name),
    names,
  );

  const model = await waitFor(url, id, ['ready', 'failed']);
  assert.equal(model.status, 'ready', JSON.stringify(model.error));
  const { rounds, winners } = model.race;
  // Of six, the better three, and of these the two that are sought.
  assert.deepEqual(
    rounds.map(({ until, standings }: { until: number; standings: object[] }) => [until, standings.length]),
    [
      [20, 6],
      [40, 3],
    ],
  );
  const standing = (round: number) => rounds[round].standings.map(({ candidate }: { candidate: string }) => candidate);
  assert.deepEqual(standing(0).toSorted(), names.toSorted());
  assert.deepEqual(winners, standing(1).slice(0, 2));
  const won = winners.map((winner: string) =>
    model.race.candidates.find(({ name }: { name: string }) => name === winner),
  );
  assert.deepEqual(model.flow, { ensemble: won.map(({ flow }: { flow: object }) => flow) });
  assert.equal(model.parameterCount, won[0].parameterCount + won[1].parameterCount);
  assert.deepEqual(Object.keys(model.training).sort(), Object.keys(trainingSchema.properties).sort());
  assert.partialDeepStrictEqual(model.training, asked);
  const steps = 6 * 20 + 3 * 20 + 2 * 20;
  assert.deepEqual([model.progress.step, model.progress.steps], [steps, steps]);

  const { body: sample } = await call(`${url}/v1/models/${id}/sample?n=50&seed=3`);
  assert.ok(sample.rows.length === 50 && sample.rows.flat().every(Number.isFinite));
  const { body: scores } = await postJson(`${url}/v1/models/${id}/log-prob`, { rows: sample.rows });
  assert.ok(scores.logProb.length === 50 && scores.logProb.every(Number.isFinite));
});

test('a race is cancelled like any other training', async () => {
  const endless = { steps: 1_000_000, raceSteps: 500_000, patience: 1_000_000 };
  const id = await askForModel(url, endless, { flow: 'auto', rows: 200 });
  await waitFor(url, id, ['training']);
  assert.equal((await call(`${url}/v1/models/${id}/cancel`, { method: 'POST' })).status, 202);
  const { status, flow, race } = await waitFor(url, id, ['cancelled', 'ready', 'failed']);
  assert.deepEqual([status, flow, race.winners], ['cancelled', 'auto', []]);
});
