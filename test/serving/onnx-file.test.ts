import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { ModelProtoSchema } from '../../src/flow/graph/onnx_pb.ts';
import { normalRows } from '../../src/flow/random/stream.ts';
import { assertClose } from '../support/close.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/postgres.ts';
import { askForModel, call, postJson, type ServiceProcess, startProcess, waitFor } from '../support/service.ts';

// With more, the runtime starts threads that keep the process from ending.
env.wasm.numThreads = 1;

let data: TemporaryDirectory;
let service: ServiceProcess;
let model: string;
before(async () => {
  data = await temporaryDirectory();
  service = await startProcess({ DATA_DIR: data.path });
  model = `${service.url}/v1/models/${await readyModel()}`;
});
after(async () => {
  await service[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
});

async function readyModel(): Promise<string> {
  const id = await askForModel(service.url, { steps: 200 });
  const { status, error } = await waitFor(service.url, id, ['ready', 'failed']);
  assert.equal(status, 'ready', JSON.stringify(error));
  return id;
}

async function exported(program: string): Promise<Uint8Array> {
  const response = await fetch(`${model}/onnx?program=${program}`);
  assert.equal(response.status, 200);
  return new Uint8Array(await response.arrayBuffer());
}

async function run(file: Uint8Array, feeds: Record<string, Tensor>) {
  const session = await InferenceSession.create(file, { executionProviders: ['wasm'] });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

test('another runtime, given the file alone, finds the log-densities of the service', async () => {
  const rows = Array.from({ length: 50 }, (_, row) => [row / 10 - 2.5, Math.cos(row)]);
  const { body } = await postJson(`${model}/log-prob`, { rows });
  const file = await exported('log-prob');
  const { logProb } = await run(file, { rows: new Tensor('float64', Float64Array.from(rows.flat()), [50, 2]) });
  assert.deepEqual(logProb.dims, [50]);
  // Single precision, computed by other kernels.
  assertClose(Array.from(logProb.data, Number), body.logProb, 1e-4, 'log-density');
});

test('where the density is zero it is -Infinity', async () => {
  const rows = new Tensor('float64', Float64Array.of(1e300, 0, 0.5, 0.2), [2, 2]);
  const { logProb } = await run(await exported('log-prob'), { rows });
  assert.equal(logProb.data[0], Number.NEGATIVE_INFINITY);
  assert.ok(Number.isFinite(logProb.data[1]));
});

test('given the noise of a seed, another runtime draws the rows of the service', async () => {
  const { body } = await call(`${model}/sample?n=256&seed=5`);
  const file = await exported('sample');
  const width = Number(/\[rows, (\d+)\]/.exec(metadataOf(file)['input.noise'])?.[1]);
  const noise = new Tensor('float32', normalRows(5, 0, 256, width), [256, width]);
  const { rows } = await run(file, { noise });
  assert.deepEqual(rows.dims, [256, 2]);
  // Single precision, computed by other kernels, in units of about one standard deviation.
  assertClose(Array.from(rows.data, Number), body.rows.flat(), 1e-4, 'rows');
});

test('the file says what it is', async () => {
  const file = await exported('log-prob');
  const { producerName, graph } = fromBinary(ModelProtoSchema, file);
  assert.equal(producerName, 'pushforward');
  assert.equal(graph?.name, 'log-prob');
  const metadata = metadataOf(file);
  assert.equal(metadata.model, 'moons');
  assert.deepEqual(JSON.parse(metadata.columns), ['x', 'y']);
  assert.deepEqual(JSON.parse(metadata.context), []);
  const documented = [
    ...graph.input.map(({ name }) => `input.${name}`),
    ...graph.output.map(({ name }) => `output.${name}`),
  ];
  for (const name of documented) assert.match(metadata[name], /^double \[rows/, name);
});

function metadataOf(file: Uint8Array): Record<string, string> {
  const { metadataProps } = fromBinary(ModelProtoSchema, file);
  return Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
}
