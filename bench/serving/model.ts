import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { Density } from '../../src/flow/density.ts';
import { continuousEncoding } from '../../src/flow/encoding/encoding.ts';
import { Flow } from '../../src/flow/flow.ts';
import { logProbProgram } from '../../src/flow/programs/log-prob.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { call, postJson, waitFor } from '../../test/support/service.ts';
import { architectures } from '../flows/architectures.ts';

export const columns = Array.from({ length: 8 }, (_, column) => `x${column}`);

function specOf(architecture: string): unknown {
  const found = architectures.find(({ name }) => name === architecture);
  if (!found) throw new RangeError(`Expected one of ${architectures.map(({ name }) => name)}; got ${architecture}`);
  return found.spec;
}

/** A row of standard normal numbers for each of so many, as CSV. */
export function csvOf(rows: number): string {
  const random = new RandomStream(1, 'noise');
  const lines = Array.from({ length: rows }, () => columns.map(() => random.normal()).join(','));
  return `${columns}\n${lines.join('\n')}\n`;
}

export async function upload(url: string): Promise<string> {
  const headers = { 'content-type': 'text/csv' };
  const { body } = await call(`${url}/v1/datasets?name=normal`, { method: 'POST', headers, body: csvOf(2000) });
  return body.id;
}

/** The path of a model of the architecture, hardly trained: how well it fits does not change how fast it is. */
export async function modelPath(url: string, datasetId: string, architecture: string): Promise<string> {
  const request = { datasetId, flow: specOf(architecture), training: { steps: 50 } };
  const { body } = await postJson(`${url}/v1/models`, request);
  const { status } = await waitFor(url, body.id, ['ready', 'failed'], 300);
  if (status !== 'ready') throw new Error(`The model of ${architecture} is ${status}`);
  return `${url}/v1/models/${body.id}`;
}

/** So many rows, scored by the program alone, in this process, on one thread: rows per second. */
export async function bareRate(architecture: string, rowCount: number): Promise<number> {
  const size = { columns: columns.length, context: 0 };
  const { spec } = resolveFlow(specOf(architecture), { ...size, rows: 2000, path: '' });
  const ones = new Float64Array(columns.length).fill(1);
  const density: Density = {
    columns,
    context: [],
    encoding: continuousEncoding(columns, [], { location: ones, scale: ones }),
    members: [{ spec, parameters: new Flow(spec, size).parameters.initialize(1) }],
  };
  const executable = await onnxRuntime.load(logProbProgram(density));
  const rows = 1024;
  const random = new RandomStream(2, 'noise');
  const values = Float64Array.from({ length: rows * columns.length }, () => random.normal());
  const runs = Math.ceil(rowCount / rows);
  const started = performance.now();
  for (let run = 0; run < runs; run++) await executable.run({ rows: { values, shape: [rows, columns.length] } });
  const seconds = (performance.now() - started) / 1000;
  await executable.release();
  return (runs * rows) / seconds;
}
