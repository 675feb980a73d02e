/**
 * Milliseconds per training step of a Real NVP of 8 affine couplings, beside a minimal PyTorch loop.
 * Run: node bench/training/run.ts [--beside 'another command, run once for each thread count']
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { trainRealNvp } from '../flows/pushforward.ts';
import { runPeer } from '../peers.ts';

interface Configuration {
  readonly columns: number;
  readonly hidden: number;
  readonly batchSize: number;
  /** In one timed call of the peer. */
  readonly steps: number;
}

const configurations: readonly Configuration[] = [
  { columns: 8, hidden: 64, batchSize: 256, steps: 32 },
  { columns: 8, hidden: 128, batchSize: 512, steps: 32 },
  { columns: 32, hidden: 256, batchSize: 1024, steps: 8 },
  { columns: 2, hidden: 64, batchSize: 256, steps: 32 },
];

const { values: options } = parseArgs({ options: { beside: { type: 'string' } } });

for (const threads of [1, 2]) {
  const ours: number[] = [];
  for (const configuration of configurations) ours.push(await trainRealNvp({ ...configuration, threads }));
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
