import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolveFlow } from '../../src/flow/spec.ts';
import type { NewModel } from '../../src/store/model.ts';
import type { TakenLeg } from '../../src/store/race-legs.ts';
import { openStore } from '../../src/store/store.ts';
import { decodeState, kinOf } from '../../src/training/legs/leg.ts';
import { plannedRace } from '../../src/training/race-record.ts';
import { resolveTraining, type TrainingOptions } from '../../src/training/recipe.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { startTestApp, type TestApp, uploadCsv } from '../support/app.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { silent } from '../support/postgres.ts';
import { smallFlow } from '../support/training.ts';
import { twoMoons } from '../support/two-moons.ts';

// Trainers on one database stand for processes: nothing but the database is between them.

let service: TestApp;
let datasetId: string;
before(async () => {
  service = await startTestApp();
  const values = twoMoons(300, { noise: 0.1, seed: 1 });
  const lines = Array.from({ length: 300 }, (_, row) => values.subarray(2 * row, 2 * row + 2).join());
  datasetId = await uploadCsv(service, ['x,y', ...lines].join('\n'));
});
after(() => service[Symbol.asyncDispose]());

const candidates = Object.entries({
  scale: { layers: [{ type: 'scale' }] },
  small: smallFlow,
  lu: { layers: [{ type: 'lu' }] },
}).map(([name, flow]) => ({ name, ...resolveFlow(flow, { columns: 2, rows: 300, path: '/flow' }) }));

/** Rounds of a second or two a flow: a leg is offered, and something can be done to it, before the first flow is done. */
const long = { steps: 40_000, patience: 40_000, raceSteps: 20_000, evaluationSteps: 1000, ensemble: 1 };
const endless = { steps: 1_000_000, patience: 1_000_000, raceSteps: 500_000 };
const never = new AbortController().signal;
const kin = kinOf('onnx');
const room = { left: Number.POSITIVE_INFINITY };

async function racing(options: TrainingOptions): Promise<string> {
  const model: NewModel = {
    ...{ name: 'moons', datasetId, columns: ['x', 'y'], context: [], seed: 4 },
    ...{ flow: 'auto', parameterCount: null, race: plannedRace(candidates) },
    training: resolveTraining(options, { rows: 300, race: true }),
  };
  return (await service.store.models.create(model, async () => {})).id;
}

/** A process with one thread, for which others have this many free. */
const trainerBeside = (free: number, store = service.store) =>
  new Trainer({
    ...{ store, log: silent, engine: 'onnx', threads: 1 },
    elsewhere: async () => free,
    leastSeconds: 0,
    beatMilliseconds: 20,
  });

/** A process that trains what others offer, until it is closed. */
class Helper implements AsyncDisposable {
  readonly trainer: Trainer;
  legs = 0;
  #closing = false;
  readonly #helping: Promise<void>;

  constructor(store = service.store) {
    this.trainer = trainerBeside(0, store);
    this.#helping = this.#help();
  }

  async #help(): Promise<void> {
    while (!this.#closing) {
      const work = await this.trainer.legs.next(room).catch(() => undefined);
      await (work?.run() ?? sleep(20));
      if (work) this.legs++;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.trainer.close();
    await this.#helping;
  }
}

async function trained(id: string, free = 0) {
  const trainer = trainerBeside(free);
  await trainer.train(id, never);
  await trainer.close();
  const { status, race } = await service.store.models.get(id);
  assert.equal(status, 'ready');
  return { race, artefact: Buffer.from(await service.store.models.artefact(id)) };
}

/** What one process makes of the race that the others take part in. */
let alone: Promise<Awaited<ReturnType<typeof trained>>> | undefined;
const asAlone = async (id: string, free: number) => {
  alone ??= racing(long).then((model) => trained(model));
  const expected = await alone;
  const { race, artefact } = await trained(id, free);
  assert.ok(artefact.equals(expected.artefact), 'the artefacts differ');
  assert.deepEqual(race, expected.race);
};

/** Waits until it holds; fails where it has not held when the training ends. */
async function until(holds: () => Promise<boolean>, training?: Promise<unknown>): Promise<void> {
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  training?.then(end, end);
  while (!(await holds())) {
    assert.ok(!isOver, 'the training ended before');
    await sleep(20);
  }
}

/** A leg of the model, once one is offered that fits, as a process has it that does nothing about it. */
async function takenLeg(model: string, training: Promise<unknown>, fits = (_leg: TakenLeg) => true): Promise<TakenLeg> {
  const { raceLegs } = service.store;
  const taken: TakenLeg[] = [];
  await until(async () => {
    const leg = await raceLegs.take({ kin, preferred: [model], ...room });
    const isIt = leg && leg.modelId === model && fits(leg);
    if (isIt) taken.push(leg);
    else if (leg) await raceLegs.giveBack(leg, undefined);
    return taken.length > 0;
  }, training);
  return taken[0];
}

const legsOf = (id: string) => service.store.prisma.raceLeg.findMany({ where: { modelId: id } });

test('a race in which other processes train comes to the same bytes as that of one alone', async () => {
  await using first = new Helper();
  await using second = new Helper();
  const id = await racing(long);
  await asAlone(id, 2);
  assert.ok(first.legs + second.legs > 0, 'no leg was trained elsewhere');
  assert.deepEqual(await legsOf(id), []);
});

test('nothing is offered where no other process has a thread free', async (context) => {
  const offer = context.mock.method(service.store.raceLegs, 'offer');
  await trained(await racing(long));
  assert.equal(offer.mock.callCount(), 0);
  await trained(await racing(long), 1);
  assert.ok(offer.mock.callCount() > 0);
});

test('a leg whose process is not heard of any more is taken back, and what it still says counts for nothing', async () => {
  const { raceLegs } = service.store;
  const id = await racing(long);
  const training = trained(id, 1);
  const lost = await takenLeg(id, training);
  const found = await takenLeg(id, training, (leg) => leg.id === lost.id);
  assert.deepEqual([found.id, found.taking], [lost.id, lost.taking + 1]);
  assert.equal(await raceLegs.beat(lost, undefined, undefined), false);
  await raceLegs.end(lost, { error: { code: 'diverged', message: 'by one that was taken for dead' } });
  await raceLegs.giveBack(found, undefined);
  const { race } = await training;
  const [{ standings }]: { standings: { validationLogProb: unknown }[] }[] = Object(race).rounds;
  assert.ok(
    standings.every(({ validationLogProb }) => validationLogProb !== null),
    JSON.stringify(standings),
  );
});

test('a leg that is given back goes on from where it has come to', async () => {
  const id = await racing(long);
  const training = asAlone(id, 1);
  {
    await using helper = new Helper();
    await until(async () => (await legsOf(id)).some(({ progress }) => Object(progress).step > 0), training);
    assert.equal(helper.legs, 0);
  }
  const [{ state, status }] = (await legsOf(id)).filter((leg) => leg.state);
  assert.ok(state && decodeState(state).step > 0);
  assert.equal(status, 'waiting');
  await using _helper = new Helper();
  await training;
});

test('a process that cannot reach the database for a while goes on with its leg', async () => {
  await using proxy = await startDatabaseProxy(service.store.databaseUrl);
  const store = await openStore({ databaseUrl: proxy.databaseUrl, dataDirectory: '', log: silent });
  {
    await using helper = new Helper(store);
    const id = await racing(long);
    const training = asAlone(id, 1);
    await until(async () => (await legsOf(id)).some(({ status }) => status === 'taken'), training);
    proxy.cut();
    await sleep(1500);
    await proxy.mend();
    await training;
    assert.ok(helper.legs > 0);
  }
  await store.close();
});

test('a flow that fails elsewhere has failed, and nothing else has', async () => {
  const id = await racing(long);
  const training = trained(id, 1);
  const leg = await takenLeg(id, training);
  await service.store.raceLegs.end(leg, { error: { code: 'diverged', message: 'not finite' } });
  const { race } = await training;
  const [{ standings }]: { standings: { validationLogProb: number | null }[] }[] = Object(race).rounds;
  assert.deepEqual(
    standings.map(({ validationLogProb }) => validationLogProb === null),
    [false, false, true],
  );
});

test('a model that is cancelled stops its legs elsewhere', async () => {
  await using helper = new Helper();
  const id = await racing(endless);
  const trainer = trainerBeside(1);
  const training = trainer.train(id, never);
  await until(async () => (await legsOf(id)).some(({ progress }) => Object(progress).step > 0));
  await service.store.models.requestCancel(id);
  await training;
  await until(async () => helper.legs === 1);
  assert.equal((await service.store.models.get(id)).status, 'cancelled');
  assert.deepEqual(await legsOf(id), []);
  await trainer.close();
});

test('legs of an attempt that is no longer the latest are stopped, and removed', async () => {
  await using helper = new Helper();
  const id = await racing(endless);
  const trainer = trainerBeside(1);
  const training = trainer.train(id, never);
  await until(async () => (await legsOf(id)).some(({ status }) => status === 'taken'));
  await service.store.models.startAttempt(id);
  assert.deepEqual(await legsOf(id), []);
  await until(async () => helper.legs === 1);
  await training;
  assert.deepEqual(await legsOf(id), []);
  await trainer.close();
  await service.store.models.giveUp(id);
});
