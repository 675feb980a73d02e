/**
 * Finding anomalies, beside six detectors of scikit-learn on the same rows of real tables: those of Minqi824/ADBench as CSV
 * files, columns x1 .. xD and `anomaly`. See bench/peers/README.md for the protocol.
 * Run: taskset --cpu-list 0 node bench/anomalies/run.ts --data DIR [--tables glass,wine] [--seeds 5] [--flow anomaly]
 *   [--training '{"noise": 0.1}'] [--out FILE]
 * Results in FILE are not made again; those with other training options need another file.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };
import { check } from '../../src/flow/schema.ts';
import { trainingSchema } from '../../src/training/recipe.ts';
import { scorePeers } from './peers.ts';
import { scorePushforward } from './pushforward.ts';
import { Results } from './results.ts';
import { printFalseAlarms, printRoc } from './summary.ts';
import { readLabelledTable, splitForAnomalies } from './tables.ts';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    tables: { type: 'string' },
    seeds: { type: 'string', default: '5' },
    flow: { type: 'string', default: 'anomaly' },
    training: { type: 'string', default: '{}' },
    out: { type: 'string' },
  },
});
if (options.data === undefined) throw new RangeError('--data: expected the folder of the CSV files');
const folder = options.data;
const { flow } = options;
const training = check(trainingSchema, JSON.parse(options.training), '--training');
const ours = `pushforward ${flow}`;
const tables = options.tables?.split(',') ?? (await smallestFirst(folder));
const results = new Results(options.out);

for (const table of tables) {
  const labelled = await readLabelledTable(folder, table);
  for (let seed = 1; seed <= Number(options.seeds); seed++) {
    const known = results.of(table, seed);
    const split = splitForAnomalies(labelled, seed);
    if (!known.some(({ detector }) => !detector.startsWith('pushforward')))
      for (const result of (await scorePeers(split, seed)) ?? []) results.add({ table, seed, ...result });
    if (known.some(({ detector }) => detector === ours)) continue;
    const result = await scorePushforward(split, { seed, flow, options: training });
    results.add({ table, seed, detector: ours, version: packageJson.version, ...result });
    console.error(
      `${table}, seed ${seed}: AUROC ${result.auroc.toFixed(2)} %, ${result.falseAlarms} of ${result.ordinaryRows} false alarms, ${result.seconds.toFixed(0)} s`,
    );
  }
}

const asked = results.all.filter(({ table, seed }) => tables.includes(table) && seed <= Number(options.seeds));
printRoc(asked);
printFalseAlarms(asked.filter(({ detector }) => detector === ours));

async function smallestFirst(directory: string): Promise<string[]> {
  const files = (await readdir(directory)).filter((file) => extname(file) === '.csv');
  const sized = await Promise.all(
    files.map(async (file) => ({ file, size: (await stat(join(directory, file))).size })),
  );
  return sized.sort((a, b) => a.size - b.size).map(({ file }) => basename(file, '.csv'));
}
