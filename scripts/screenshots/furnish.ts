import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { call, postJson, untilTaken, waitFor } from '../../test/support/service.ts';
import { twoMoons } from '../../test/support/two-moons.ts';

/** What there is to be seen, by name: the ids. */
export interface Furniture {
  readonly datasets: Readonly<Record<'moons' | 'cars' | 'penguins', string>>;
  /** Ready ones. */
  readonly models: Readonly<Record<string, string>>;
  /** A sweep that is ready. */
  readonly sweep: string;
  /** Cancelled before its training began. */
  readonly cancelled: string;
}

const endless = { flow: 'real-nvp', training: { steps: 1_000_000, patience: 10_000 } };

/** Uploads real tables and two moons, and trains a small model of each. */
export async function furnish(url: string): Promise<Furniture> {
  const datasets = {
    moons: await upload(url, 'two moons', moons()),
    cars: await upload(url, 'cars', await records('cars')),
    penguins: await upload(url, 'penguins', await records('penguins')),
  };
  const models = {
    moons: await ask(url, datasets.moons, { name: 'two moons', flow: 'real-nvp', training: { budgetSeconds: 15 } }),
    cars: await ask(url, datasets.cars, { name: 'cars', flow: 'spline', training: { budgetSeconds: 15 } }),
    penguins: await ask(url, datasets.penguins, { name: 'penguins', training: { budgetSeconds: 30 } }),
  };
  const cancelled = await ask(url, datasets.cars, { name: 'cars, cancelled', ...endless });
  await call(`${url}/v1/models/${cancelled}/cancel`, { method: 'POST' });
  for (const id of Object.values(models)) {
    const { status, error } = await waitFor(url, id, ['ready', 'failed'], 300);
    if (status !== 'ready') throw new Error(JSON.stringify(error));
  }
  const sweep = await beginSweep(url, datasets.moons, { steps: 300 });
  while ((await call(`${url}/v1/sweeps/${sweep}`)).body.status !== 'ready') await setTimeout(500);
  return { datasets, models, sweep, cancelled };
}

/** Four flows with three seeds; the sweep's id. */
export async function beginSweep(url: string, datasetId: string, training: object): Promise<string> {
  const flows = ['real-nvp', 'nice', 'spline'].map((flow) => ({ flow }));
  const line = { name: 'a straight line', flow: { layers: [{ type: 'affine' }] } };
  const asked = { name: 'which flow', datasetId, flows: [...flows, line], seeds: [0, 1, 2], training };
  return created(await untilTaken(() => postJson(`${url}/v1/sweeps`, asked)));
}

/** Begins a training that lasts, and waits until there is something of it to see; the model's id. */
export async function beginTraining(url: string, datasetId: string): Promise<string> {
  const id = await ask(url, datasetId, { name: 'moons in training', ...endless });
  for (;;) {
    const { body } = await call(`${url}/v1/models/${id}`);
    if (body.progress?.step > 2000) return id;
    await setTimeout(200);
  }
}

async function ask(url: string, datasetId: string, body: object): Promise<string> {
  return created(await untilTaken(() => postJson(`${url}/v1/models`, { datasetId, ...body })));
}

function created({ status, body }: Awaited<ReturnType<typeof postJson>>): string {
  if (status !== 202) throw new Error(JSON.stringify(body));
  return body.id;
}

async function upload(url: string, name: string, body: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const path = `${url}/v1/datasets?name=${encodeURIComponent(name)}`;
  const answer = await untilTaken(() => call(path, { method: 'POST', headers, body }));
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
  return answer.body.id;
}

async function records(name: string): Promise<string> {
  const file = new URL(`../../node_modules/vega-datasets/data/${name}.json`, import.meta.url);
  const all: Record<string, unknown>[] = JSON.parse(await readFile(file, 'utf8'));
  // Texts and numbers in one column are refused, and "." is one that stands for neither.
  const cells = (record: Record<string, unknown>) => Object.entries(record).filter(([, value]) => value !== '.');
  return JSON.stringify({ records: all.map((record) => Object.fromEntries(cells(record))) });
}

function moons(): string {
  const rows = 2000;
  const values = twoMoons(rows, { noise: 0.1, seed: 1 });
  return JSON.stringify({
    columns: ['x', 'y'],
    rows: Array.from({ length: rows }, (_, row) => [values[2 * row], values[2 * row + 1]]),
  });
}
