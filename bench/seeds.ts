import { setTimeout } from 'node:timers/promises';
import { call, startProcess } from '../test/support/service.ts';
import { twoMoons } from '../test/support/two-moons.ts';

/** What is there to be asked about: a dataset, a ready model of its columns x and y, and rows of them. */
export interface Seeds {
  readonly dataset: string;
  readonly model: string;
  readonly parquet: Buffer;
  /** By which requests may do everything. */
  readonly credentials: readonly [name: string, value: string];
}

/** Of the operator. Without one the first key that is made would lock out all that comes after it. */
const key = 'the-operators-key-of-a-bench';

/** Starts the service with a key. */
export const keyEnvironment = { API_KEYS: key };
export const credentials: Seeds['credentials'] = ['authorization', `Bearer ${key}`];

/** Has a service with that key store a dataset and train a model of it, and stops it. */
export async function plantSeeds(environment: Record<string, string>): Promise<Seeds> {
  await using service = await startProcess({ ...environment, ...keyEnvironment });
  const headers = Object.fromEntries([credentials]);
  const post = (path: string, type: string, body: string) =>
    call(`${service.url}${path}`, { method: 'POST', headers: { ...headers, 'content-type': type }, body });
  const values = twoMoons(600, { noise: 0.1, seed: 1 });
  const lines = Array.from({ length: 600 }, (_, row) => `${values[2 * row]},${values[2 * row + 1]}\n`);
  const dataset = (await post('/v1/datasets?name=moons', 'text/csv', `x,y\n${lines.join('')}`)).body.id;
  const asked = { datasetId: dataset, flow: 'real-nvp', training: { steps: 50 } };
  const model = (await post('/v1/models', 'application/json', JSON.stringify(asked))).body.id;
  await untilReady(`${service.url}/v1/models/${model}`, headers);
  const rows = await fetch(`${service.url}/v1/datasets/${dataset}/rows?limit=40&format=parquet`, { headers });
  return { dataset, model, parquet: Buffer.from(await rows.arrayBuffer()), credentials };
}

async function untilReady(url: string, headers: Record<string, string>): Promise<void> {
  for (;;) {
    const { body } = await call(url, { headers });
    if (body.status === 'ready') return;
    if (body.status !== 'queued' && body.status !== 'training') throw new Error(`No model: ${JSON.stringify(body)}`);
    await setTimeout(200);
  }
}
