/**
 * Trains every preset a little, exports it through HTTP, and has ONNX's checker and Python's ONNX Runtime judge the files.
 * Run: node bench/onnx/run.ts
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Flow } from '../../src/flow/flow.ts';
import { normalRows, RandomStream } from '../../src/flow/random/stream.ts';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { call, postJson, startProcess, waitFor } from '../../test/support/service.ts';
import { runPeer } from '../peers.ts';

/** A model's answers may differ by so much, relative to the larger of 1 and the answer: it computes in single precision. */
const tolerance = 1e-4;
const rowCount = 256;
const seed = 1;
const columns = ['x', 'y', 'z'];
const context = ['t'];

await using directory = await temporaryDirectory();
await using service = await startProcess({ DATA_DIR: directory.path });

/** Three columns that bend with each other and with a fourth. */
function table(rows: number): number[][] {
  const random = new RandomStream(seed, 'noise');
  return Array.from({ length: rows }, () => {
    const [t, x] = [random.normal(), random.normal()];
    const y = x * x + t + 0.3 * random.normal();
    return [x, y, Math.sin(y) + 0.2 * random.normal(), t];
  });
}

async function upload(): Promise<string> {
  const rows = [[...columns, ...context], ...table(1000)].map((row) => row.join(','));
  const { body } = await call(`${service.url}/v1/datasets?name=bends`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: rows.join('\n'),
  });
  return body.id;
}

async function train(request: object): Promise<{ url: string; flow: Flow }> {
  const { body } = await postJson(`${service.url}/v1/models`, { ...request, training: { steps: 100 } });
  const { status, flow, error, context: given } = await waitFor(service.url, body.id, ['ready', 'failed'], 300);
  if (status !== 'ready') throw new Error(`${JSON.stringify(request)}: ${JSON.stringify(error)}`);
  const size = { columns: columns.length, context: given.length };
  return { url: `${service.url}/v1/models/${body.id}`, flow: new Flow(flow, size) };
}

async function save(url: string, program: string): Promise<string> {
  const response = await fetch(`${url}/onnx?program=${program}`);
  if (!response.ok) throw new Error(`${program}: ${response.status} ${await response.text()}`);
  const file = join(directory.path, `${url.split('/').at(-1)}-${program}.onnx`);
  await writeFile(file, new Uint8Array(await response.arrayBuffer()));
  return file;
}

async function cases(name: string, { url, flow }: { url: string; flow: Flow }): Promise<object[]> {
  const width = flow.columns + flow.context;
  const rows = table(rowCount).map((row) => row.slice(0, width));
  const scores = await postJson(`${url}/log-prob`, { rows });
  const t = 0.5;
  const sampled = await postJson(`${url}/sample`, { n: rowCount, seed, ...(flow.context > 0 && { context: { t } }) });
  const noise = Array.from(normalRows(seed, 0, rowCount, flow.noiseColumns));
  const given = { type: 'float64', shape: [rowCount, 1], values: Array(rowCount).fill(t) };
  return [
    {
      name: `${name}, log-prob`,
      file: await save(url, 'log-prob'),
      inputs: { rows: { type: 'float64', shape: [rowCount, width], values: rows.flat() } },
      output: 'logProb',
      expected: scores.body.logProb,
    },
    {
      name: `${name}, sample`,
      file: await save(url, 'sample'),
      inputs: {
        noise: { type: 'float32', shape: [rowCount, flow.noiseColumns], values: noise },
        ...(flow.context > 0 && { context: given }),
      },
      output: 'rows',
      expected: sampled.body.rows.flat(),
    },
  ];
}

const datasetId = await upload();
const { body: catalogue } = await call(`${service.url}/v1/flows`);
const all: object[] = [];
for (const { name } of catalogue.presets)
  all.push(...(await cases(name, await train({ datasetId, columns, flow: name }))));
all.push(...(await cases('with context', await train({ datasetId, columns, context }))));

const file = join(directory.path, 'cases.json');
await writeFile(file, JSON.stringify(all));
const results = runPeer('check_onnx.py', file);
if (results) {
  console.log(`${results.length} files pass the checker of ${results[0].versions}. Against the service's own answers:`);
  console.table(
    results.map(({ name, nodes, kilobytes, error }) => ({
      name,
      nodes,
      kilobytes,
      error: Number(error).toExponential(1),
    })),
  );
  const wrong = results.filter(({ error }) => !(Number(error) <= tolerance));
  for (const { name, error } of wrong)
    console.error(`${name}: expected an error of at most ${tolerance}; got ${error}`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
