/**
 * Milliseconds per training step of a Real NVP of 8 affine couplings. One line a configuration and thread count.
 * Run: node bench/training/run.ts
 */
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { Flow } from '../../src/flow/flow.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { Optimizer } from '../../src/training/optimizer.ts';

interface Configuration {
  readonly columns: number;
  readonly hidden: number;
  readonly batchSize: number;
  readonly steps: number;
}

export const configurations: readonly Configuration[] = [
  { columns: 8, hidden: 64, batchSize: 256, steps: 32 },
  { columns: 8, hidden: 128, batchSize: 512, steps: 32 },
  { columns: 32, hidden: 256, batchSize: 1024, steps: 8 },
  { columns: 2, hidden: 64, batchSize: 256, steps: 32 },
];

const couplings = 8;
const calls = 8;

/** The fastest of several calls, in milliseconds per step; the first call is left out. */
export async function timeTraining(configuration: Configuration, threads: number): Promise<number> {
  const { columns, hidden, batchSize, steps } = configuration;
  const layers = [
    { type: 'coupling', hidden: [hidden, hidden] },
    { type: 'permutation', kind: 'swap' },
  ];
  const { spec } = resolveFlow({ layers: [{ repeat: couplings, layers }] }, { columns, path: '' });
  const flow = new Flow(spec, columns);
  const random = new RandomStream(0, 'noise');
  const rowCount = batchSize * steps;
  const rows = Float32Array.from({ length: rowCount * columns }, () => random.normal());
  const optimizer = await Optimizer.load(
    onnxRuntime,
    flow,
    { values: rows, shape: [rowCount, columns] },
    { batchSize, gradientClip: 5, weightDecay: 0, threads },
  );
  const batches = random.permutation(rowCount);
  const learningRates = new Float32Array(steps).fill(1e-3);
  let fastest = Number.POSITIVE_INFINITY;
  for (let call = 0; call < calls; call++) {
    const started = performance.now();
    await optimizer.advance(batches, learningRates);
    if (call > 0) fastest = Math.min(fastest, (performance.now() - started) / steps);
  }
  await optimizer.release();
  return fastest;
}

if (import.meta.main)
  for (const threads of [1, 2])
    for (const configuration of configurations) {
      const milliseconds = await timeTraining(configuration, threads);
      console.log(JSON.stringify({ ...configuration, threads, millisecondsPerStep: Number(milliseconds.toFixed(3)) }));
    }
