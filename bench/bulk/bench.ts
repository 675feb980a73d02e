import { setTimeout as sleep } from 'node:timers/promises';
import { RandomStream } from '../../src/flow/random/stream.ts';
import type { ServiceProcess } from '../../test/support/service.ts';
import { twoMoons } from '../../test/support/two-moons.ts';
import { query } from '../query.ts';
import type { Client, Job } from './client.ts';

/** How many workers run while others are killed. */
const survivors = 2;

/** Does jobs with workers that it starts and stops. */
export class Bench {
  readonly #startWorker: () => Promise<ServiceProcess>;
  readonly #random: RandomStream;

  constructor(startWorker: () => Promise<ServiceProcess>, seed: number) {
    this.#startWorker = startWorker;
    this.#random = new RandomStream(seed, 'inspection');
  }

  /** A small model; its id. */
  async trained(owner: Client): Promise<string> {
    await using _worker = await this.#startWorker();
    const values = twoMoons(2000, { noise: 0.1, seed: 1 });
    const lines = Array.from({ length: 2000 }, (_, row) => `${values[2 * row]},${values[2 * row + 1]}`);
    const { id: datasetId } = await owner.ask<{ id: string }>(
      'POST',
      '/v1/datasets?name=moons',
      `x,y\n${lines.join('\n')}`,
    );
    const asked = { datasetId, flow: 'real-nvp', training: { steps: 500 } };
    const { id } = await owner.ask<{ id: string }>('POST', '/v1/models', asked);
    await owner.untilReady(`/v1/models/${id}`);
    return id;
  }

  /** How long a job takes so many workers, from when it is asked for until its dataset is there; `warm` ones have done it before. */
  async timed(owner: Client, model: string, asked: object, { workers, warm }: { workers: number; warm: boolean }) {
    await using _workers = await this.#workers(workers);
    if (warm) {
      const { id } = await owner.ask<Job>('POST', `/v1/models/${model}/jobs`, asked);
      await owner.untilReady(`/v1/jobs/${id}`);
    }
    const started = performance.now();
    const { id } = await owner.ask<Job>('POST', `/v1/models/${model}/jobs`, asked);
    const job = await owner.untilReady<Job & { progress: { rows: number } }>(`/v1/jobs/${id}`);
    const seconds = (performance.now() - started) / 1000;
    const { outputDatasetId, progress } = job;
    const digest = await owner.digest(outputDatasetId);
    return { workers, seconds, rowsPerSecond: progress.rows / seconds, outputDatasetId, digest };
  }

  /** A large job of one owner, and a small one of another that is asked for a moment later. */
  async fairness([ann, bob]: readonly Client[], annsModel: string, rows: number) {
    const bobsModel = await this.trained(bob);
    await using _workers = await this.#workers(2);
    const started = performance.now();
    const large = await ann.ask<Job>('POST', `/v1/models/${annsModel}/jobs`, { kind: 'sample', n: rows });
    const small = await bob.ask<Job>('POST', `/v1/models/${bobsModel}/jobs`, {
      kind: 'sample',
      n: Math.ceil(rows / 10),
    });
    const { progress } = await bob.untilReady<Job>(`/v1/jobs/${small.id}`);
    const bobSeconds = (performance.now() - started) / 1000;
    const { partsDone } = (await ann.ask<Job>('GET', `/v1/jobs/${large.id}`)).progress;
    await ann.untilReady(`/v1/jobs/${large.id}`);
    const annSeconds = (performance.now() - started) / 1000;
    return { bobSeconds, annSeconds, share: progress.parts / (progress.parts + partsDone) };
  }

  /** A job whose workers are killed one after the other, and replaced, until it is done. */
  async killed(owner: Client, model: string, asked: object, databaseUrl: string) {
    const workers = await Promise.all(Array.from({ length: survivors }, this.#startWorker));
    const started = performance.now();
    const { id } = await owner.ask<Job>('POST', `/v1/models/${model}/jobs`, asked);
    let isOver = false;
    let kills = 0;
    const strikes = (async () => {
      while (!isOver) {
        await sleep(500 + 4000 * this.#random.uniform());
        const place = this.#random.below(survivors);
        if (isOver) break;
        await workers[place].stop('SIGKILL');
        kills++;
        workers[place] = await this.#startWorker();
      }
    })();
    const job = await owner.untilReady<Job>(`/v1/jobs/${id}`).finally(() => {
      isOver = true;
    });
    const seconds = (performance.now() - started) / 1000;
    await strikes;
    for (const worker of workers) await worker.stop('SIGTERM');
    const [{ attempts, parts }] = await query<{ attempts: number; parts: number }>(
      databaseUrl,
      `SELECT sum(attempt)::int AS attempts, count(*)::int AS parts FROM bulk_parts WHERE job_id = '${id}'`,
    );
    return { kills, attempts, parts, seconds, digest: await owner.digest(job.outputDatasetId) };
  }

  async #workers(count: number): Promise<AsyncDisposable> {
    const workers = await Promise.all(Array.from({ length: count }, this.#startWorker));
    const stop = async () => void (await Promise.all(workers.map((worker) => worker.stop('SIGTERM'))));
    return { [Symbol.asyncDispose]: stop };
  }
}
