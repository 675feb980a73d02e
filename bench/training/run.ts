/**
 * Milliseconds per training step of a Real NVP of 8 affine couplings, beside a minimal PyTorch loop.
 * Run: node bench/training/run.ts [--beside 'another command, run once for each thread count']
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { Flow } from '../../src/flow/flow.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { initialState, Optimizer } from '../../src/training/optimizer.ts';
import { runPeer } from '../peers.ts';

interface Configuration {
  readonly columns: number;
  readonly hidden: number;
  readonly batchSize: number;
  readonly steps: number;
}

const configurations: readonly Configuration[] = [
  { columns: 8, hidden: 64, batchSize: 256, steps: 32 },
  { columns: 8, hidden: 128, batchSize: 512, steps: 32 },
  { columns: 32, hidden: 256, batchSize: 1024, steps: 8 },
  { columns: 2, hidden: 64, batchSize: 256, steps: 32 },
];

const couplings = 8;
const calls = 8;

/** The fastest of several calls, in milliseconds per step; the first call is left out. */
async function timeTraining(configuration: Configuration, threads: number): Promise<number> {
  const { columns, hidden, batchSize, steps } = configuration;
  const layers = [
    { type: 'coupling', hidden: [hidden, hidden] },
    { type: 'permutation', kind: 'swap' },
  ];
  const { spec } = resolveFlow({ layers: [{ repeat: couplings, layers }] }, { columns, rows: 1000, path: '' });
  const flow = new Flow(spec, { columns, context: 0 });
  const random = new RandomStream(0, 'noise');
  const rowCount = batchSize * steps;
  const rows = Float32Array.from({ length: rowCount * columns }, () => random.normal());
  const optimizer = await Optimizer.load(
    onnxRuntime,
    flow,
    { values: rows, shape: [rowCount, columns] },
    {
      batchSize,
      gradientClip: 5,
      weightDecay: 0,
      noise: 0,
      averageDecay: 0,
      threads,
      seed: 0,
      state: initialState(flow.parameters.initialize(0)),
    },
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

const { values: options } = parseArgs({ options: { beside: { type: 'string' } } });

for (const threads of [1, 2]) {
  const ours: number[] = [];
  for (const configuration of configurations) ours.push(await timeTraining(configuration, threads));
  const torch = runPeer('train_real_nvp.py', String(threads), JSON.stringify(configurations));
  console.log(`\nThreads: ${threads}${torch ? `; PyTorch ${torch[0].version}` : ''}. Milliseconds per step`);
  console.table(
    configurations.map(({ columns, hidden, batchSize }, index) => {
      const peer = torch ? Number(torch[index].millisecondsPerStep) : Number.NaN;
      return {
        columns,
        hidden,
        batchSize,
        pushforward: Number(ours[index].toFixed(3)),
        ...(torch && { pytorch: Number(peer.toFixed(3)), ratio: Number((peer / ours[index]).toFixed(2)) }),
      };
    }),
  );
  if (options.beside) spawnSync(options.beside, { shell: true, stdio: ['ignore', 'inherit', 'ignore'] });
}
