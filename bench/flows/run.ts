/**
 * Speed of training, scoring and sampling, beside other libraries with the same architectures and batches.
 * Run: node bench/flows/run.ts [--only coupling] [--columns 8] [--threads 1]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { runPeer } from '../peers.ts';
import { type Architecture, architectures } from './architectures.ts';
import { productRate, trainingRate } from './machine.ts';
import { measure, type Sizes, type Speeds } from './pushforward.ts';
import { pinTo } from './timing.ts';

const batchSize = 256;

/** Everybody takes turns so often, so that all see the machine in the same moods; the fastest counts. */
const rounds = 2;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    columns: { type: 'string', multiple: true, default: ['8', '64'] },
    threads: { type: 'string', multiple: true, default: ['1', '2'] },
  },
});
const chosen = architectures.filter(({ name }) => name.includes(options.only));
if (chosen.length === 0)
  throw new RangeError(
    `--only: expected a part of ${architectures.map(({ name }) => name).join(', ')}; got ${options.only}`,
  );

async function compare({ name, spec, peers }: Architecture, sizes: Sizes): Promise<[string, Speeds][]> {
  const best = new Map<string, Speeds>();
  for (let round = 0; round < rounds; round++) {
    record(best, 'pushforward', await measure(spec, sizes));
    for (const peer of peers) {
      const [result] = runPeer(`flows_${peer}.py`, String(sizes.threads), String(sizes.columns), name) ?? [];
      if (result) record(best, `${peer} ${result.version}`, speeds(result));
    }
  }
  return [...best].sort(([, a], [, b]) => a.trainMilliseconds - b.trainMilliseconds);
}

function record(best: Map<string, Speeds>, name: string, speed: Speeds): void {
  const earlier = best.get(name) ?? speed;
  best.set(name, {
    trainMilliseconds: Math.min(earlier.trainMilliseconds, speed.trainMilliseconds),
    logProbRowsPerSecond: Math.max(earlier.logProbRowsPerSecond, speed.logProbRowsPerSecond),
    sampleRowsPerSecond: Math.max(earlier.sampleRowsPerSecond, speed.sampleRowsPerSecond),
  });
}

const speeds = (result: Record<string, unknown>): Speeds => ({
  trainMilliseconds: Number(result.trainMilliseconds),
  logProbRowsPerSecond: Number(result.logProbRowsPerSecond),
  sampleRowsPerSecond: Number(result.sampleRowsPerSecond),
});

/** A ratio says how many times faster Pushforward is. */
function lines(architecture: string, results: readonly [string, Speeds][]): Record<string, string | number>[] {
  const ours = results.find(([name]) => name === 'pushforward')?.[1];
  if (!ours) throw new Error(`Pushforward was not measured with ${architecture}`);
  const others = results.filter(([, speed]) => speed !== ours);
  return [['pushforward', ours] as const, ...others].map(([name, speed]) => ({
    architecture,
    library: name,
    'ms/step': digits(speed.trainMilliseconds),
    'train ratio': digits(speed.trainMilliseconds / ours.trainMilliseconds),
    'scored rows/s': Math.round(speed.logProbRowsPerSecond),
    'score ratio': digits(ours.logProbRowsPerSecond / speed.logProbRowsPerSecond),
    'sampled rows/s': Math.round(speed.sampleRowsPerSecond),
    'sample ratio': digits(ours.sampleRowsPerSecond / speed.sampleRowsPerSecond),
  }));
}

const digits = (value: number) => Number(value.toPrecision(3));

for (const threads of options.threads.map(Number)) {
  pinTo(threads);
  for (const columns of options.columns.map(Number)) {
    const table = [];
    for (const architecture of chosen)
      table.push(...lines(architecture.name, await compare(architecture, { columns, batchSize, threads })));
    const load = `load average ${loadavg()[1].toFixed(1)}, to which this adds ${threads}`;
    console.log(`\nColumns: ${columns}, threads: ${threads}, batches of ${batchSize}; ${load}`);
    console.table(table);
  }
  const machine = await productRate(threads);
  const { milliseconds, rate } = await trainingRate(threads);
  console.log(
    `Threads: ${threads}. Matrix products: ${Math.round(machine)} GFLOP/s. Real NVP, hidden 256, 32 columns, batches of 1024: ` +
      `${digits(milliseconds)} ms/step, ${Math.round(rate)} GFLOP/s, ${Math.round((100 * rate) / machine)} % of it`,
  );
}
