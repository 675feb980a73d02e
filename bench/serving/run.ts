/**
 * Scores over HTTP: single rows beside other servers, a million rows beside the bare program, and single rows while a model
 * trains. Run: node bench/serving/run.ts [--seconds 5] [--rows 1000000]
 */
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { identifier, literal, openDatabase } from '../../src/table/duckdb.ts';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { postJson, startProcess, waitFor } from '../../test/support/service.ts';
import { type Load, load } from './load.ts';
import { bareRate, columns, modelPath, upload } from './model.ts';
import { startPeer } from './peer-server.ts';

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, rows: { type: 'string', default: '1000000' } },
});
const seconds = Number(options.seconds);
const rowCount = Number(options.rows);
const row = { rows: [columns.map((_, column) => column / 10)] };

const shown = (result: Load) =>
  Object.fromEntries(Object.entries(result).map(([name, value]) => [name, Number(value.toPrecision(3))]));

async function singleRows(url: string): Promise<Record<string, object>> {
  const results: Record<string, object> = {};
  for (const connections of [1, 16, 64])
    results[`${connections} at once`] = shown(await load(url, JSON.stringify(row), { connections, seconds }));
  return results;
}

async function peerRows(name: string, script: string, port: number, variable: string): Promise<void> {
  await using server = await startPeer(script, port, variable);
  if (!server) return;
  // It may listen before it answers.
  while ((await postJson(`${server.url}/log_prob`, row)).status !== 200);
  console.log(`${name}:`);
  console.table(await singleRows(`${server.url}/log_prob`));
}

const mediaTypes = { parquet: 'application/vnd.apache.parquet', csv: 'text/csv' };

/** Rows on disk in each format. */
async function writeTables(directory: string): Promise<void> {
  using database = await openDatabase(directory);
  const normal = 'sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())';
  const cells = columns.map((name) => `${normal} AS ${identifier(name)}`);
  for (const format of ['parquet', 'csv'])
    await database.connection.run(
      `COPY (SELECT ${cells} FROM range(${rowCount})) TO ${literal(join(directory, `rows.${format}`))} (FORMAT ${format})`,
    );
}

/** Kilobytes that a process has at most had in memory. */
const peakOf = async (pid: number | undefined) =>
  Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);

async function bulk(path: string, file: string, format: 'parquet' | 'csv'): Promise<number> {
  const body = await openAsBlob(file);
  const started = performance.now();
  const headers = { 'content-type': mediaTypes[format] };
  const response = await fetch(`${path}/log-prob?format=${format}`, { method: 'POST', headers, body });
  if (response.status !== 200) throw new Error(await response.text());
  for await (const _ of response.body ?? []);
  return rowCount / ((performance.now() - started) / 1000);
}

await using directory = await temporaryDirectory();
await using service = await startProcess({ DATA_DIR: directory.path, INFERENCE_THREADS: '1', RATE_LIMIT: '0' });
const datasetId = await upload(service.url);
const path = await modelPath(service.url, datasetId, 'autoregressive-affine');
console.log(`Load of the machine before: ${loadavg()[0].toFixed(1)}. Milliseconds.\nPushforward, one row a request:`);
console.table(await singleRows(`${path}/log-prob`));
await peerRows('FastAPI', 'serving_fastapi.py', 8761, 'PEERS_PYTHON');
await peerRows('BentoML', 'serving_bentoml.py', 8762, 'BENTO_PYTHON');

await writeTables(directory.path);
console.log(`${rowCount} rows in one request, one inference thread:`);
const results: Record<string, object> = {};
for (const architecture of ['coupling-spline', 'autoregressive-affine']) {
  const model = await modelPath(service.url, datasetId, architecture);
  for (const format of ['parquet', 'csv'] as const) {
    const before = await peakOf(service.process.pid);
    // By turns, so that both see the machine in the same moods.
    const rates = { bare: 0, http: 0 };
    for (let round = 0; round < 2; round++) {
      rates.bare = Math.max(rates.bare, await bareRate(architecture, rowCount));
      rates.http = Math.max(rates.http, await bulk(model, join(directory.path, `rows.${format}`), format));
    }
    results[`${architecture}, ${format}`] = {
      'rows/s': Math.round(rates.http),
      'bare rows/s': Math.round(rates.bare),
      part: Number((rates.http / rates.bare).toFixed(2)),
      'MB more at most': Math.round(((await peakOf(service.process.pid)) - before) / 1000),
    };
  }
}
console.table(results);

const { body: training } = await postJson(`${service.url}/v1/models`, {
  datasetId,
  flow: 'spline',
  training: { steps: 1_000_000, patience: 1_000_000 },
});
await waitFor(service.url, training.id, ['training']);
console.log('One row a request, while a model trains:');
console.table(await singleRows(`${path}/log-prob`));
