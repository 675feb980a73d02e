import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { noiseColumns } from '../../src/flow/density.ts';
import { continuousEncoding } from '../../src/flow/encoding/encoding.ts';
import { Flow, type FlowSpec } from '../../src/flow/flow.ts';
import { float32 } from '../../src/flow/graph/program.ts';
import { logProbProgram } from '../../src/flow/programs/log-prob.ts';
import { sampleProgram } from '../../src/flow/programs/sample.ts';
import { normalRows, RandomStream } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { initialState, Optimizer } from '../../src/training/optimizer.ts';
import { fastest } from './timing.ts';

export interface Speeds {
  readonly trainMilliseconds: number;
  readonly logProbRowsPerSecond: number;
  readonly sampleRowsPerSecond: number;
}

export interface Sizes {
  readonly columns: number;
  readonly batchSize: number;
  readonly threads: number;
}

/** Training steps in one timed call, and rows in one call that scores or samples: those of bench/peers/flows_timing.py. */
const steps = 32;
const evaluationRows = 1024;

export const realNvpCouplings = 8;

/** The service samples in blocks of so many rows. */
const sampleBlockRows = 256;

/** Milliseconds per training step, and rows per second of scoring and sampling as the service does them. */
export async function measure(asked: unknown, sizes: Sizes): Promise<Speeds> {
  const { columns, threads } = sizes;
  const { spec } = resolveFlow(asked, { columns, context: 0, rows: 1000, path: '' });
  const { trainMilliseconds, parameters } = await train(spec, sizes);
  const names = Array.from({ length: columns }, (_, column) => `x${column}`);
  const standardization = { location: names.map(() => 0), scale: names.map(() => 1) };
  const encoding = continuousEncoding(names, [], standardization);
  const density = { columns: names, context: [], encoding, members: [{ spec, parameters }] };

  const scorer = await onnxRuntime.load(logProbProgram(density), { threads });
  const rows = { values: Float64Array.from(normals(evaluationRows * columns)), shape: [evaluationRows, columns] };
  const scoring = await fastest(() => scorer.run({ rows }));
  await scorer.release();

  const sampler = await onnxRuntime.load(sampleProgram(density), { threads });
  const shape = [sampleBlockRows, noiseColumns(density)];
  const sampling = await fastest(async () => {
    for (let row = 0; row < evaluationRows; row += sampleBlockRows)
      await sampler.run({ noise: { values: normalRows(0, row, shape[0], shape[1]), shape } });
  });
  await sampler.release();
  return {
    trainMilliseconds,
    logProbRowsPerSecond: evaluationRows / scoring,
    sampleRowsPerSecond: evaluationRows / sampling,
  };
}

/** Adam with the gradient's norm clipped at 5. */
export async function train(
  spec: FlowSpec,
  { columns, batchSize, threads }: Sizes,
): Promise<{ trainMilliseconds: number; parameters: Float32Array }> {
  const flow = new Flow(spec, { columns, context: 0 });
  const rowCount = steps * batchSize;
  const rows = { values: normals(rowCount * columns), shape: [rowCount, columns] };
  const optimizer = await Optimizer.load(onnxRuntime, flow, rows, {
    batchSize,
    gradientClip: 5,
    weightDecay: 0,
    noise: 0,
    spread: Array(columns).fill(0),
    averageDecay: 0,
    threads,
    seed: 0,
    state: initialState(flow.parameters.initialize(0)),
  });
  const batches = Int32Array.from({ length: rowCount }, (_, row) => row);
  const learningRates = new Float32Array(steps).fill(1e-3);
  const seconds = await fastest(() => optimizer.advance(batches, learningRates));
  const loss = (await optimizer.advance(batches, learningRates)).losses[steps - 1];
  if (!Number.isFinite(loss)) throw new RangeError(`Expected a finite loss with ${columns} columns; got ${loss}`);
  await optimizer.release();
  return { trainMilliseconds: (1e3 * seconds) / steps, parameters: float32(optimizer.state.parameters) };
}

/** Milliseconds per training step of a Real NVP of 8 couplings, each with two hidden layers of one width. */
export async function trainRealNvp({ hidden, ...sizes }: Sizes & { hidden: number }): Promise<number> {
  const layers = [
    { type: 'coupling', hidden: [hidden, hidden] },
    { type: 'permutation', kind: 'swap' },
  ];
  const asked = { layers: [{ repeat: realNvpCouplings, layers }] };
  const { spec } = resolveFlow(asked, { columns: sizes.columns, rows: 1000, path: '' });
  return (await train(spec, sizes)).trainMilliseconds;
}

function normals(length: number): Float32Array {
  const random = new RandomStream(0, 'noise');
  return Float32Array.from({ length }, () => random.normal());
}
