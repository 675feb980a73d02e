/**
 * How long it takes to explain anomalies: 100 rows of 20 columns in one request, by a model of "auto" with nothing else set.
 * Run: node bench/serving/explain.ts [--table-rows 4000] [--budget 120]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { call, postJson, startProcess, waitFor } from '../../test/support/service.ts';

const { values: options } = parseArgs({
  options: { 'table-rows': { type: 'string', default: '4000' }, budget: { type: 'string', default: '120' } },
});
const columnCount = 20;
const explainedRows = 100;
const rounds = 5;
const random = new RandomStream(1, 'noise');

/** Each column leans on the one before it. */
function correlatedRow(): number[] {
  let before = 0;
  return Array.from({ length: columnCount }, () => {
    before = 0.6 * before + random.normal();
    return before;
  });
}

const names = Array.from({ length: columnCount }, (_, column) => `x${column}`);
const tableRows = Array.from({ length: Number(options['table-rows']) }, correlatedRow);
const table = `${names}\n${tableRows.join('\n')}\n`;

await using directory = await temporaryDirectory();
await using service = await startProcess({ DATA_DIR: directory.path });
const headers = { 'content-type': 'text/csv' };
const { body: dataset } = await call(`${service.url}/v1/datasets?name=chain`, { method: 'POST', headers, body: table });
const { body: model } = await postJson(`${service.url}/v1/models`, {
  datasetId: dataset.id,
  training: { budgetSeconds: Number(options.budget) },
});
const { status } = await waitFor(service.url, model.id, ['ready', 'failed'], 2 * Number(options.budget) + 60);
if (status !== 'ready') throw new Error(`The model is ${status}`);

const path = `${service.url}/v1/models/${model.id}/anomalies?explain=true`;
const seconds: number[] = [];
let largestError = 0;
for (let round = 0; round < rounds; round++) {
  const rows = Array.from({ length: explainedRows }, correlatedRow);
  const started = performance.now();
  const { body } = await postJson(path, { rows });
  seconds.push((performance.now() - started) / 1000);
  for (const { logProb, reference, contributions } of body.results) {
    const total = Object.values<number>(contributions).reduce((sum, nats) => sum + nats, 0);
    largestError = Math.max(largestError, Math.abs(reference - logProb - total));
  }
}
console.log(
  `${explainedRows} rows of ${columnCount} columns: ${seconds.map((each) => each.toFixed(2)).join(', ')} s; load ${loadavg()[0].toFixed(1)}`,
);
console.log(`Contributions are off their sum by at most ${largestError.toExponential(1)} nats`);
