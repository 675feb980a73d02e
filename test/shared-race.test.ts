import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestStore, type TemporaryDirectory, type TestStore, temporaryDirectory } from './support/postgres.ts';
import { call, postJson, type ServiceProcess, startProcess, untilTaken, waitFor } from './support/service.ts';
import { smallFlow } from './support/training.ts';
import { twoMoons } from './support/two-moons.ts';

// The flows of one model are trained by several processes, some of which are killed: the model is the one that a single one makes.

let database: TestStore;
let data: TemporaryDirectory;
let api: ServiceProcess;
let alone: Buffer;
before(async () => {
  database = await startTestStore();
  data = await temporaryDirectory();
  api = await start('api');
  await using _worker = await start('worker');
  alone = await artefact(await ask());
});
after(async () => {
  assert.equal(await api.stop('SIGTERM'), 0);
  await database[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
});

const start = (role: string) =>
  startProcess({
    ...{ DATA_DIR: data.path, DATABASE_URL: database.store.databaseUrl, ROLE: role },
    ...{ TRAINING_THREADS: '1', INFERENCE_THREADS: '1' },
  });

/** Asks for a model of four flows, for which one thread takes some seconds each; its id. */
async function ask(): Promise<string> {
  const values = twoMoons(300, { noise: 0.1, seed: 1 });
  const lines = Array.from({ length: 300 }, (_, row) => values.subarray(2 * row, 2 * row + 2).join());
  const dataset = await untilTaken(() =>
    call(`${api.url}/v1/datasets?name=moons`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv' },
      body: ['x,y', ...lines].join('\n'),
    }),
  );
  const training = { steps: 25_000, patience: 25_000, evaluationSteps: 1000, ensemble: 4 };
  const asked = { datasetId: dataset.body.id, flow: smallFlow, training, seed: 1 };
  const model = await untilTaken(() => postJson(`${api.url}/v1/models`, asked));
  assert.equal(model.status, 202, JSON.stringify(model.body));
  return model.body.id;
}

async function artefact(id: string): Promise<Buffer> {
  await waitFor(api.url, id, ['ready'], 240);
  return Buffer.from(await database.store.models.artefact(id));
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

/** Resolves once a worker has come somewhere with one of the model's flows that another offers. */
const isShared = (id: string) =>
  until(async () => {
    const legs = await database.store.prisma.raceLeg.findMany({ where: { modelId: id, status: 'taken' } });
    return legs.some(({ progress }) => Object(progress).step > 0);
  });

const logs = ({ log }: ServiceProcess, words: string) => log.some((line) => line.includes(words));

test('three workers, of which one is killed with a flow in hand', async () => {
  await using coordinator = await start('worker');
  const id = await ask();
  await until(() => logs(coordinator, 'training started'));
  await using killed = await start('worker');
  await isShared(id);
  await killed.stop('SIGKILL');
  await using helper = await start('worker');
  assert.ok((await artefact(id)).equals(alone), 'the artefacts differ');
  assert.ok(logs(coordinator, 'taken back from a worker'), 'the leg of the killed worker was not missed');
  assert.ok(logs(helper, 'leg of a race trained'), 'the other worker has trained nothing');
});

test('two workers, of which the one is killed that needs the flows', async () => {
  await using killed = await start('worker');
  const id = await ask();
  await until(() => logs(killed, 'training started'));
  await using helper = await start('worker');
  await isShared(id);
  await until(async () => (await database.store.models.checkpoint(id)) !== undefined);
  await killed.stop('SIGKILL');
  assert.ok((await artefact(id)).equals(alone), 'the artefacts differ');
  assert.ok(logs(helper, 'training taken up again'));
  assert.deepEqual(await database.store.prisma.raceLeg.findMany(), []);
});
