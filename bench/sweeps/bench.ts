import { readFile } from 'node:fs/promises';
import type { ServiceProcess } from '../../test/support/service.ts';
import type { Client } from '../bulk/client.ts';
import { query } from '../query.ts';

/** A sweep as the service tells of it. */
interface Sweep {
  readonly id: string;
  readonly status: string;
  readonly createdAt: string;
  readonly progress: { readonly ready: number; readonly trials: number };
  readonly trials: readonly { readonly modelId: string }[];
}

const flows = ['real-nvp', 'maf', 'nice', 'spline'].map((flow) => ({ flow }));
const seeds = [0, 1, 2, 3];
const columns = ['Miles_per_Gallon', 'Displacement', 'Horsepower', 'Weight_in_lbs', 'Acceleration'];

/** Does sweeps with workers that it starts and stops. */
export class Bench {
  readonly #startWorker: () => Promise<ServiceProcess>;
  readonly #databaseUrl: string;
  readonly #steps: number;

  constructor(startWorker: () => Promise<ServiceProcess>, databaseUrl: string, steps: number) {
    this.#startWorker = startWorker;
    this.#databaseUrl = databaseUrl;
    this.#steps = steps;
  }

  /** A sweep of a real table, four flows with four seeds, by so many workers: from when it is asked for until its last trial has ended. */
  async timed(owner: Client, workers: number) {
    const datasetId = await upload(owner);
    await using _workers = await this.#workers(workers);
    const started = performance.now();
    const { id } = await owner.ask<Sweep>('POST', '/v1/sweeps', this.#asked(datasetId));
    const asking = (performance.now() - started) / 1000;
    const { progress } = await owner.untilReady<Sweep>(`/v1/sweeps/${id}`);
    const seconds = (performance.now() - started) / 1000;
    return { workers, asking, seconds, ...progress, attempts: await this.#attempts(id) };
  }

  /** Two owners who ask for such a sweep at the same time: when the models of each were ready, in seconds after both had asked. */
  async fairness(owners: readonly Client[], workers: number) {
    const datasets = await Promise.all(owners.map(upload));
    await using _workers = await this.#workers(workers);
    const asked = await Promise.all(
      owners.map((owner, place) => owner.ask<Sweep>('POST', '/v1/sweeps', this.#asked(datasets[place]))),
    );
    const begun = Math.max(...asked.map(({ createdAt }) => Date.parse(createdAt)));
    // Awaited here: the workers are stopped as soon as this returns.
    return await Promise.all(
      asked.map(async ({ id }, place) => {
        await owners[place].untilReady<Sweep>(`/v1/sweeps/${id}`);
        const rows = await query<{ at: Date }>(
          this.#databaseUrl,
          `SELECT finished_at AS at FROM models WHERE sweep_id = '${id}' ORDER BY finished_at`,
        );
        return rows.map(({ at }) => (at.getTime() - begun) / 1000);
      }),
    );
  }

  #asked(datasetId: string) {
    return { datasetId, columns, missing: 'drop', flows, seeds, training: { steps: this.#steps } };
  }

  /** How often the training of any of its models was begun, at most. */
  async #attempts(sweepId: string): Promise<number> {
    const [{ most }] = await query<{ most: number }>(
      this.#databaseUrl,
      `SELECT max(attempt) AS most FROM models WHERE sweep_id = '${sweepId}'`,
    );
    return most;
  }

  async #workers(count: number): Promise<AsyncDisposable> {
    const workers = await Promise.all(Array.from({ length: count }, this.#startWorker));
    const stop = async () => void (await Promise.all(workers.map((worker) => worker.stop('SIGTERM'))));
    return { [Symbol.asyncDispose]: stop };
  }
}

/** 406 cars; its id. */
async function upload(owner: Client): Promise<string> {
  const file = new URL('../../node_modules/vega-datasets/data/cars.json', import.meta.url);
  const records: object[] = JSON.parse(await readFile(file, 'utf8'));
  return (await owner.ask<{ id: string }>('POST', '/v1/datasets', { name: 'cars', records })).id;
}
