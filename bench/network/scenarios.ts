import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { main } from '../../test/support/service.ts';
import { Client, type Job } from '../bulk/client.ts';
import { query } from '../query.ts';
import { table } from '../rolling/traffic.ts';
import { type Network, Running } from './machines.ts';

const key = 'the-key-of-a-bench-of-networks';
const rows = 1_500_000;
const outageSeconds = 20;

interface Setting {
  readonly network: Network;
  readonly addresses: ReadonlyMap<string, string>;
  readonly directory: string;
}

/** What is done to the cables, and what is wrong with what comes of it. */
export class Scenarios {
  readonly #setting: Setting;
  readonly #running = new Map<string, Running>();
  #client = new Client('', key);
  #databaseUrl = '';
  #apiUrl = '';
  #datasetId = '';
  #modelId = '';

  private constructor(setting: Setting) {
    this.#setting = setting;
  }

  static async begin(setting: Setting): Promise<Scenarios> {
    const scenarios = new Scenarios(setting);
    await scenarios.#start();
    return scenarios;
  }

  async #start(): Promise<void> {
    const { network, addresses, directory } = this.#setting;
    const at = (name: string) => addresses.get(name) ?? '';
    const [ofDatabase] = await network.connect('database', 'api');
    const program = [process.execPath, join(import.meta.dirname, 'database.ts'), directory, at('database'), ofDatabase];
    const database = this.#run('database', program, {});
    const [, port] = await database.said(/listening on (\d+)/);
    const urlAt = (address: string) => `postgresql://pushforward@${address}:${port}/postgres`;
    this.#databaseUrl = urlAt(at('database'));
    const service = (name: string, environment: Record<string, string>) =>
      this.#run(name, [process.execPath, main], {
        ...{ DATA_DIR: join(directory, name), INFERENCE_THREADS: '1', TRAINING_THREADS: '1', LOG_LEVEL: 'debug' },
        ...environment,
      });
    const api = {
      ROLE: 'api',
      HOST: at('api'),
      API_KEYS: key,
      DATABASE_URL: urlAt(ofDatabase),
      MAX_EVENT_LOOP_DELAY: '60000',
    };
    const listening = await service('api', api).said(/Pushforward listens at (http:\S+?),/);
    this.#apiUrl = listening[1];
    for (const name of ['one', 'two'])
      await service(name, { ROLE: 'worker', DATABASE_URL: this.#databaseUrl }).said(/worker started/);
    this.#client = new Client(this.#apiUrl, key);
    this.#datasetId = (await this.#client.ask<{ id: string }>('POST', '/v1/datasets?name=moons', table)).id;
    this.#modelId = await this.#asked({ steps: 500 });
    await this.#client.untilReady(`/v1/models/${this.#modelId}`);
  }

  /** The worker that trains is cut off until another has done all of its work, and joined again. */
  async workerCutOff(): Promise<string[]> {
    const expected = await this.#digest(await this.#job());
    const training = await this.#asked({ steps: 1_000_000, patience: 1_000_000, budgetSeconds: 40 });
    const victim = await this.#trainerOf(training);
    // Until there is a checkpoint to go on from.
    await sleep(8000);
    const job = await this.#job();
    while ((await this.#client.ask<Job>('GET', `/v1/jobs/${job}`)).progress.partsDone < 3) await sleep(50);
    const cut = performance.now();
    await this.#setting.network.cut(victim);
    const found = await this.#digest(job);
    const jobSeconds = secondsSince(cut);
    await this.#client.untilReady(`/v1/models/${training}`);
    const trainingSeconds = secondsSince(cut);
    await this.#setting.network.heal(victim);
    const healed = performance.now();
    const ended = await this.#running.get(victim)?.said(new RegExp(`${training}.*training ended`));
    const { outcome, attempt } = JSON.parse(ended?.input ?? '{}');
    const heardSeconds = secondsSince(healed);
    const [taken] = await this.#rows<{ attempt: number }>(`SELECT attempt FROM models WHERE id = '${training}'`);
    console.log(
      `Worker ${victim} was cut off in the midst of a training and a job: the job was ready ${jobSeconds} s later, the training ` +
        `${trainingSeconds} s later at attempt ${taken.attempt}; ${heardSeconds} s after its cable was mended it gave attempt ${attempt} up as ${outcome}`,
    );
    return [
      ...(found === expected ? [] : ['the job came to other bytes than undisturbed']),
      ...(['stale', 'broken-off'].includes(outcome)
        ? []
        : [`the attempt of the worker that was cut off ended as ${outcome}`]),
      ...(taken.attempt === 2 ? [] : [`the training took ${taken.attempt} attempts`]),
      ...(await this.#eventFaults(training)),
      ...(await this.#partFaults(job)),
      ...(await this.#goesOn(victim)),
    ];
  }

  /** Who is cut off in the midst of a transaction leaves what it holds to others. */
  async cutOffInTransaction(): Promise<string[]> {
    const { network } = this.#setting;
    const job = await this.#job();
    await this.#running.get('one')?.stop();
    const holder = this.#run(
      'holder',
      [process.execPath, join(import.meta.dirname, 'hold.ts'), this.#databaseUrl, job],
      {},
      'one',
    );
    await holder.said(/holding/);
    await network.cut('one');
    const cut = performance.now();
    const late = AbortSignal.timeout(120_000);
    const isReady = async () => (await this.#client.ask<Job>('GET', `/v1/jobs/${job}`)).status === 'ready';
    while (!late.aborted && !(await isReady())) await sleep(100);
    const seconds = secondsSince(cut);
    await network.heal('one');
    await holder.stop('SIGKILL');
    console.log(
      `Somebody was cut off who held the row of a job: ${late.aborted ? 'it was not done in 120 s' : `it was ready ${seconds} s later`}`,
    );
    return late.aborted ? ['a job waits for a machine that has gone'] : this.#partFaults(job);
  }

  /** The API is cut off from the database for a while; what was asked of it meanwhile with a key is asked again. */
  async apiCutOff(): Promise<string[]> {
    const { network } = this.#setting;
    const training = await this.#asked({ steps: 1_000_000, patience: 1_000_000, budgetSeconds: 30 });
    await this.#trainerOf(training);
    const job = await this.#job();
    await network.setCable('database', 'api', 'down');
    const until = performance.now() + 1000 * outageSeconds;
    const ready: number[] = [];
    const idempotencyKey = randomUUID();
    const create = () =>
      this.#tried('/v1/datasets?name=once', {
        body: table,
        headers: { 'content-type': 'text/csv', 'idempotency-key': idempotencyKey },
      });
    const asked = [create(), ...Array.from({ length: 15 }, () => this.#tried(`/v1/models/${this.#modelId}`))];
    while (performance.now() < until) {
      ready.push((await this.#tried('/readyz')).status);
      await sleep(500);
    }
    await network.setCable('database', 'api', 'up');
    const healed = performance.now();
    while ((await this.#tried('/readyz')).status !== 200) await sleep(50);
    const readySeconds = secondsSince(healed);
    const answers = await Promise.all(asked);
    const statuses = Object.entries(Object.groupBy(answers, ({ status }) => status)).map(
      ([status, of]) => `${of?.length} x ${status}`,
    );
    const slowest = Math.max(...answers.map(({ seconds }) => seconds));
    let again = await create();
    while (again.status !== 201) again = await create();
    await this.#client.untilReady(`/v1/jobs/${job}`);
    await this.#client.untilReady(`/v1/models/${training}`);
    const [stored] = await this.#rows<{ count: number }>(`SELECT count(*)::int FROM datasets WHERE name = 'once'`);
    const [taken] = await this.#rows<{ attempt: number }>(`SELECT attempt FROM models WHERE id = '${training}'`);
    console.log(
      `The API was cut off from the database for ${outageSeconds} s: /readyz said ${[...new Set(ready)].join(', ')}; what was asked then was ` +
        `answered ${statuses.join(', ')}, after ${slowest} s at most; ${readySeconds} s after the cable was mended it was ready`,
    );
    return [
      ...(answers.some(({ status }) => status === 500) ? ['a database that was away was answered 500'] : []),
      ...(ready.includes(503) ? [] : ['/readyz said nothing of it']),
      ...(stored.count === 1 ? [] : [`${stored.count} datasets came of one Idempotency-Key`]),
      ...(taken.attempt === 1 ? [] : [`a training that could reach the database took ${taken.attempt} attempts`]),
      ...(await this.#eventFaults(training)),
      ...(await this.#partFaults(job)),
    ];
  }

  async end(): Promise<void> {
    for (const name of ['one', 'two', 'api', 'database']) await this.#running.get(name)?.stop();
  }

  #run(name: string, command: readonly string[], environment: Record<string, string>, machine = name): Running {
    const env = { PATH: process.env.PATH ?? '', ...environment };
    const running = new Running(this.#setting.network.spawn(machine, command, env));
    this.#running.set(name, running);
    return running;
  }

  async #asked(training: object): Promise<string> {
    const asked = { datasetId: this.#datasetId, flow: 'real-nvp', training };
    return (await this.#client.ask<{ id: string }>('POST', '/v1/models', asked)).id;
  }

  async #job(): Promise<string> {
    const asked = { kind: 'sample', n: rows, seed: 1 };
    return (await this.#client.ask<Job>('POST', `/v1/models/${this.#modelId}/jobs`, asked)).id;
  }

  async #digest(job: string): Promise<string> {
    return this.#client.digest((await this.#client.untilReady<Job>(`/v1/jobs/${job}`)).outputDatasetId);
  }

  /** Waits until a model is being trained; the worker that does. */
  async #trainerOf(model: string): Promise<string> {
    for (;;) {
      for (const name of ['one', 'two'])
        if (this.#running.get(name)?.logged(new RegExp(`${model}.*training started`)).length) return name;
      await sleep(50);
    }
  }

  #rows<Row extends Record<string, unknown>>(sql: string): Promise<Row[]> {
    return query<Row>(this.#databaseUrl, sql);
  }

  /** Status 0: no answer. */
  async #tried(path: string, { headers = {}, ...options }: { body?: string; headers?: Record<string, string> } = {}) {
    const started = performance.now();
    const all = { authorization: `Bearer ${key}`, ...headers };
    const method = options.body === undefined ? 'GET' : 'POST';
    const status = await fetch(this.#apiUrl + path, { method, headers: all, ...options }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    return { status, seconds: secondsSince(started) };
  }

  async #eventFaults(model: string): Promise<string[]> {
    const events = await this.#rows<{ sequence: number; status: string | null }>(
      `SELECT sequence, data ->> 'status' AS status FROM model_events WHERE model_id = '${model}' ORDER BY sequence`,
    );
    const ends = events.filter(({ status }) => status !== null && ['ready', 'failed', 'cancelled'].includes(status));
    return ends.length === 1 && ends[0] === events.at(-1)
      ? []
      : [`${model} has ${ends.length} ends, or something after its end`];
  }

  /** Every part was kept once, whoever did it how often. */
  async #partFaults(job: string): Promise<string[]> {
    const [{ parts, attempts }] = await this.#rows<{ parts: number; attempts: number }>(
      `SELECT count(*)::int AS parts, sum(attempt)::int AS attempts FROM bulk_parts WHERE job_id = '${job}'`,
    );
    const said = [...this.#running.values()].flatMap((running) =>
      running.logged(new RegExp(`${job}.*part of a job done`)),
    );
    const kept = said.filter((line) => line.kept === true).length;
    console.log(`  its job: ${parts} parts, ${attempts} attempts; kept ${kept}, refused ${said.length - kept}`);
    // The line of one that was kept may be lost with the connection, never the other way round.
    return kept <= parts ? [] : [`${kept} results were kept of ${parts} parts`];
  }

  /** A worker that was cut off works again. */
  async #goesOn(name: string): Promise<string[]> {
    const job = await this.#job();
    await this.#client.untilReady(`/v1/jobs/${job}`);
    const did = this.#running.get(name)?.logged(new RegExp(`${job}.*part of a job done`)).length ?? 0;
    return did > 0 ? [] : [`worker ${name}, whose cable was mended, does nothing`];
  }
}

const secondsSince = (started: number) => Number(((performance.now() - started) / 1000).toFixed(1));
