/**
 * Bodies and requests that no client should send, to every operation that takes a body: truncated, deep, huge, in wrong encodings,
 * broken off, and what else `kinds/` has. Ends with 1 where an answer is not as it should be, the process has ended, good requests
 * are answered otherwise than before, files or connections are left, or memory is not given back.
 * Run: node bench/fuzz/run.ts [--cases 10000] [--seed 1] [--case 123]
 */

import { parseArgs } from 'node:util';
import { freePort } from '../../src/store/embedded/free-port.ts';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { startProcess } from '../../test/support/service.ts';
import { spooled } from '../chaos/deployment.ts';
import { keyEnvironment, plantSeeds } from '../seeds.ts';
import { shownCase } from './case.ts';
import { changed, fuzz, goodAnswers, type Outcome, targetsAt } from './fuzz.ts';
import { taken } from './memory.ts';

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    case: { type: 'string' },
  },
});
const seed = Number(options.seed);
const numbers =
  options.case === undefined
    ? Array.from({ length: Number(options.cases) }, (_, number) => number)
    : [Number(options.case)];
/** What caches, pools and the allocator may keep that they did not have after the warm-up. */
const allowedBytes = 128 * 2 ** 20;
/** The pool of connections to the database grows and shrinks. */
const poolSockets = 10;
const limits = { MAX_UPLOAD_BYTES: String(2 ** 24), MAX_ROWS: '100000', MAX_SAMPLE_ROWS: '1000' };

await using directory = await temporaryDirectory();
const environment = { DATA_DIR: directory.path, ...limits, ...keyEnvironment };

const seeds = await plantSeeds(environment);
const inspectorPort = await freePort();
// Without its worker: models that the cases ask for are not trained.
await using service = await startProcess({
  ...environment,
  ROLE: 'api',
  LOG_LEVEL: 'info',
  NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}`,
});
const targets = await targetsAt(service.url, seeds);
const faults: string[] = [];
const counts = new Map<string, Map<string, number>>();

function note({ number, kind, status, wrong, target }: Outcome): void {
  const byStatus = counts.get(kind) ?? new Map<string, number>();
  const shown = String(status ?? 'none');
  counts.set(kind, byStatus.set(shown, (byStatus.get(shown) ?? 0) + 1));
  if (wrong !== undefined) faults.push(`--seed ${seed} --case ${number}: ${target.name}, ${kind}: ${wrong}`);
}

const before = await goodAnswers(service.url, targets, seeds);
// All kinds once, that whatever is loaded or kept at first use is there before memory is measured.
const warmUp = numbers.slice(0, 500);
for await (const outcome of fuzz(service.url, targets, { seed, numbers: warmUp })) note(outcome);
const warm = await taken(service.url, inspectorPort);
for await (const outcome of fuzz(service.url, targets, { seed, numbers: numbers.slice(warmUp.length) })) note(outcome);
const after = await taken(service.url, inspectorPort);

if (service.process.exitCode !== null) faults.push(`The process ended with ${service.process.exitCode}`);
for (const name of changed(before, await goodAnswers(service.url, targets, seeds)))
  faults.push(`${name} is answered otherwise than before`);
const left = await spooled(directory.path);
if (left.length > 0) faults.push(`Files are left: ${left}`);
if (after.sockets > warm.sockets + poolSockets)
  faults.push(`Connections are left: ${after.sockets}, ${warm.sockets} before`);
if (after.residentBytes - warm.residentBytes > allowedBytes) faults.push('Memory is not given back');

console.table(Object.fromEntries([...counts].sort().map(([kind, byStatus]) => [kind, Object.fromEntries(byStatus)])));
const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
console.log(`${numbers.length} cases of ${targets.length} bodies, seed ${seed}`);
console.log(
  `Resident: ${megabytes(warm.residentBytes)} after ${warmUp.length} cases, ${megabytes(after.residentBytes)} after all`,
);
console.log(`Sockets: ${warm.sockets}, then ${after.sockets}`);
if (options.case !== undefined) console.log(shownCase(targets, seed, numbers[0]));
console.log(
  faults.length === 0 ? 'Nothing is wrong' : `${faults.length} are wrong:\n${faults.slice(0, 20).join('\n')}`,
);
process.exitCode = Number(faults.length > 0);
