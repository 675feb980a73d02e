/**
 * Held-out log-likelihood, and the time to reach it, beside other libraries on the same rows of real tables: those of
 * Minqi824/ADBench as CSV files, columns x1 .. xD and `anomaly`, whose ordinary rows are taken.
 * Run: taskset --cpu-list 0 node bench/density/run.ts --data DIR [--tables glass,wine] [--seeds 5] [--only pushforward,zuko]
 *   [--flow auto] [--steps 40000] [--seconds 300] [--out FILE]
 * Measurements in FILE are not made again. The peers may take so many steps; Pushforward's recipe has its own number.
 */
import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare } from './comparison.ts';
import { type Fitted, type Limits, Measurements } from './measurement.ts';
import { peers, trainPeer } from './peers.ts';
import { trainPushforward } from './pushforward.ts';
import { readTable, type SplitTable, splitTable } from './tables.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    tables: { type: 'string' },
    seeds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    flow: { type: 'string', default: 'auto' },
    steps: { type: 'string', default: '40000' },
    seconds: { type: 'string', default: '300' },
    out: { type: 'string' },
  },
});
if (options.data === undefined) throw new RangeError('--data: expected the folder of the CSV files');
const folder = options.data;
const limits: Limits = { steps: Number(options.steps), seconds: Number(options.seconds) };
const ours = `pushforward ${options.flow}`;

type Train = (problem: SplitTable & { seed: number; limits: Limits }) => Promise<Fitted | undefined>;
const libraries: [string, Train][] = [
  [ours, (problem) => trainPushforward({ ...problem, flow: options.flow, budgetSeconds: limits.seconds })],
  ...peers.map((peer): [string, Train] => [peer.name, (problem) => trainPeer(peer, problem)]),
];
const chosen = libraries.filter(([name]) => options.only.split(',').some((part) => name.includes(part)));
if (chosen.length === 0)
  throw new RangeError(`--only: expected parts of ${libraries.map(([name]) => name).join(', ')}; got ${options.only}`);
if (availableParallelism() > 1)
  console.error(
    'Not kept on one core: start with taskset --cpu-list 0, or JAX takes as many threads as there are cores',
  );

const tables = options.tables?.split(',') ?? (await smallestFirst(folder));
const measurements = new Measurements(options.out);
for (let seed = 1; seed <= Number(options.seeds); seed++)
  for (const table of tables) {
    const missing = chosen.filter(([library]) => !measurements.has({ table, seed, library }));
    if (missing.length === 0) continue;
    const problem = { ...splitTable(await readTable(folder, table), seed), seed, limits };
    for (const [library, train] of missing) {
      const fitted = await train(problem);
      if (!fitted) continue;
      measurements.add({ table, seed, library, ...fitted });
      console.error(
        `${table}, seed ${seed}, ${library}: test log-likelihood ${fitted.testLogProb.toFixed(3)}, ` +
          `${fitted.seconds.toFixed(1)} s, ${fitted.steps} steps, ended by ${fitted.ended}`,
      );
    }
  }

console.log(`Asked for at most ${limits.seconds} s of one core a fit, of peers at most ${limits.steps} steps`);
compare(
  measurements.all.filter(({ table }) => tables.includes(table)),
  ours,
);

async function smallestFirst(directory: string): Promise<string[]> {
  const files = (await readdir(directory)).filter((file) => extname(file) === '.csv');
  const sized = await Promise.all(
    files.map(async (file) => ({ file, size: (await stat(join(directory, file))).size })),
  );
  return sized.sort((a, b) => a.size - b.size).map(({ file }) => basename(file, '.csv'));
}
