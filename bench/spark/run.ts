/**
 * A model on local Spark: trains one of numbers and categories, draws a table from it, has bench/peers/spark_log_prob.py score that with
 * the ONNX file, and tells rows a second and how far that is from what the service itself answers.
 * Needs Java 17 and, in PEERS_PYTHON or bench/peers/.venv, pyspark, pyarrow, pandas and onnxruntime.
 * Run: node bench/spark/run.ts [--rows 1000000] [--flow spline]
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { call, postJson, startProcess, waitFor } from '../../test/support/service.ts';
import { bodyOf, randomRows } from '../chaos/tables.ts';
import { runPeer } from '../peers.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, flow: { type: 'string', default: 'spline' } },
});
/** Differences may be so large, relative to the larger of 1 and the answer: both compute in single precision. */
const tolerance = 1e-4;

await using directory = await temporaryDirectory();
await using service = await startProcess({ DATA_DIR: directory.path });
const { mediaType, bytes } = bodyOf(randomRows(5000, 2), 'csv');
const { body: dataset } = await call(`${service.url}/v1/datasets?name=table`, {
  method: 'POST',
  headers: { 'content-type': mediaType },
  body: bytes,
});
const { body: model } = await postJson(`${service.url}/v1/models`, {
  ...{ datasetId: dataset.id, flow: values.flow, training: { steps: 200 } },
});
await waitFor(service.url, model.id, ['ready'], 300);
const drawn = await fetch(`${service.url}/v1/models/${model.id}/sample?n=${values.rows}&format=parquet`);
if (!drawn.ok) throw new Error(`sample: ${drawn.status} ${await drawn.text()}`);
const table = join(directory.path, 'table.parquet');
await writeFile(table, new Uint8Array(await drawn.arrayBuffer()));

const results = runPeer('spark_log_prob.py', service.url, model.id, table, join(directory.path, 'scored.parquet'));
console.table(results);
if (results && !results.every(({ relative }) => Number(relative) <= tolerance)) {
  console.error(`Expected a relative difference of at most ${tolerance}`);
  process.exitCode = 1;
}
