/** The whole way on a real table: upload, train, judge, sample, find the least likely rows. Starts and stops the service. */
import { readFile } from 'node:fs/promises';
import { loadConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import { startService } from '../src/service.ts';

const measurements = ['Beak Length (mm)', 'Beak Depth (mm)', 'Flipper Length (mm)', 'Body Mass (g)'];

interface Model {
  readonly id: string;
  readonly status: string;
  readonly progress: { step: number; steps: number; validationLogProb: number | null; rowsPerSecond: number } | null;
  readonly race: { candidates: unknown[]; winners: string[] } | null;
  readonly metrics: {
    testLogProb: number;
    gaussianTestLogProb: number | null;
    twoSample: { pValue: number };
  } | null;
  readonly error: { message: string } | null;
}

const stages: [string, number][] = [];
async function stage<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const result = await work();
  stages.push([name, (performance.now() - started) / 1000]);
  return result;
}

async function penguins(): Promise<string> {
  const file = new URL('../node_modules/vega-datasets/data/penguins.json', import.meta.url);
  const records: Record<string, unknown>[] = JSON.parse(await readFile(file, 'utf8'));
  const rows = records.map((record) => measurements.map((name) => record[name]));
  const complete = rows.filter((row) => row.every((value) => typeof value === 'number'));
  return [measurements, ...complete].map((row) => row.join(',')).join('\n');
}

async function request<Body>(path: string, options: RequestInit = {}): Promise<Body> {
  const response = await fetch(`${url}${path}`, { ...options, headers: { ...options.headers, ...authorization } });
  if (!response.ok) throw new Error(`${options.method ?? 'GET'} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}

const post = <Body>(path: string, contentType: string, body: string) =>
  request<Body>(path, { method: 'POST', headers: { 'content-type': contentType }, body });

async function trained(id: string): Promise<Model> {
  for (;;) {
    const model = await request<Model>(`/v1/models/${id}`);
    if (model.progress) {
      const { step, steps, validationLogProb, rowsPerSecond } = model.progress;
      const logProb = validationLogProb?.toFixed(3) ?? '...';
      const line = `  step ${step} of at most ${steps}, validation log-likelihood ${logProb}, ${rowsPerSecond} rows/s`;
      process.stdout.write(process.stdout.isTTY ? `\r${line.padEnd(90)}` : `${line}\n`);
    }
    if (model.status === 'ready') break;
    if (model.status !== 'queued' && model.status !== 'training')
      throw new Error(`The model is ${model.status}: ${model.error?.message ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  if (process.stdout.isTTY) process.stdout.write('\n');
  return request<Model>(`/v1/models/${id}`);
}

function printRows(rows: readonly (readonly (string | number)[])[]): void {
  const text = rows.map((row) => row.map((value) => (typeof value === 'number' ? value.toFixed(2) : value)));
  const widths = text[0].map((_, column) => Math.max(...text.map((row) => row[column].length)));
  for (const row of text) console.log(`  ${row.map((value, column) => value.padStart(widths[column])).join('   ')}`);
}

// Whatever the environment says of the service, the demo is one process of its own on a free local port.
const own = { HOST: '127.0.0.1', PORT: '0', ROLE: 'all' };
const config = loadConfig({ LOG_LEVEL: 'warn', ...process.env, ...own });
// Where the database asks for keys, API_KEYS has to name one.
const [key] = config.apiKeys;
const authorization: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
const service = await stage('start', () => startService(config, createLog(config.logLevel)));
const url = service.url ?? '';
try {
  const csv = await penguins();
  const dataset = await stage('upload', () =>
    post<{ id: string; rowCount: number }>('/v1/datasets?name=penguins', 'text/csv', csv),
  );
  console.log(
    `Uploaded ${dataset.rowCount} penguins, ${measurements.length} measurements each. Finding the best flow:`,
  );

  const model = await stage('train', async () => {
    const body = JSON.stringify({ datasetId: dataset.id, name: 'penguins' });
    return trained((await post<Model>('/v1/models', 'application/json', body)).id);
  });
  if (!model.metrics || !model.race) throw new Error('The model was not judged');
  const { testLogProb, gaussianTestLogProb, twoSample } = model.metrics;
  const { candidates, winners } = model.race;
  console.log(`\nOf ${candidates.length} candidates the best ${winners.length} are mixed: ${winners.join(', ')}`);
  console.log('\nMean log-likelihood of test rows, in nats:');
  printRows([
    ['flow', testLogProb.toFixed(3)],
    ['full-covariance Gaussian', gaussianTestLogProb?.toFixed(3) ?? 'singular'],
  ]);
  console.log(`Samples told from test rows? Energy distance, permutation p-value: ${twoSample.pValue.toFixed(2)}`);

  const sample = await stage('sample', () =>
    request<{ columns: string[]; rows: number[][] }>(`/v1/models/${model.id}/sample?n=5&seed=1`),
  );
  console.log('\nFive penguins that never lived:');
  printRows([sample.columns, ...sample.rows]);

  const rows = csv
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  const { logProb } = await stage('score', () =>
    post<{ logProb: number[] }>(`/v1/models/${model.id}/log-prob`, 'application/json', JSON.stringify({ rows })),
  );
  const byLogProb = rows
    .map((row, index) => [...row, logProb[index]])
    .sort((a, b) => (a.at(-1) ?? 0) - (b.at(-1) ?? 0));
  console.log('\nThe three least likely:');
  printRows([[...measurements, 'log-probability'], ...byLogProb.slice(0, 3)]);

  console.log(
    `\nSwagger UI was at ${url}/docs; to explore this model, run npm start and open http://127.0.0.1:3000/docs`,
  );
} finally {
  await stage('stop', () => service.close());
}
console.log(`Time: ${stages.map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`).join(', ')}`);
