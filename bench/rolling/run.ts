/**
 * A rolling restart under load: two APIs behind HAProxy, and a worker, on one PostgreSQL. Each is told to stop with SIGTERM and
 * started again, one after the other, while clients that try nothing twice score, sample, upload, create, list and follow trainings.
 * No request may be lost: whatever has no whole answer, or another than a success, is told with its reason and time.
 * Needs haproxy. Run: node bench/rolling/run.ts [--rounds 3] [--delay 6]
 */

import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Cluster } from '../chaos/cluster.ts';
import { newDirectory } from '../chaos/deployment.ts';
import { Program } from '../chaos/program.ts';
import { query } from '../query.ts';
import { Balancer } from './balancer.ts';
import { Ledger } from './ledger.ts';
import { type Created, keepAsking, prepare } from './traffic.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, delay: { type: 'string', default: '6' } },
});

const directory = await newDirectory();
const cluster = await Cluster.create(directory);
const environment = {
  ...{ DATABASE_URL: cluster.databaseUrl, SHUTDOWN_DELAY_SECONDS: values.delay },
  ...{ INFERENCE_THREADS: '1', TRAINING_THREADS: '1', MAX_QUEUED_MODELS: '100000' },
};
const api = (name: string) => Program.start(name, directory, { ...environment, ROLE: 'api' });
const worker = await Program.start(
  'worker',
  directory,
  { ...environment, ROLE: 'worker', SHUTDOWN_DELAY_SECONDS: '0' },
  (at) => cluster.hasWorkerSince(at),
);
const apis = [await api('one'), await api('two')];

/** Stops and starts one; how long both took, in seconds. */
async function restart(program: Program, balancer: Balancer) {
  const at = ledger.second;
  const stopping = performance.now();
  const fault = await program.stop();
  const starting = performance.now();
  await program.start();
  await balancer.untilAllAreUp();
  const [drained, started] = [starting - stopping, performance.now() - starting].map((ms) =>
    Number((ms / 1000).toFixed(2)),
  );
  return { program: program.name, at, 'stopped within s': drained, 'up again within s': started, fault: fault ?? '' };
}

/** What was acknowledged and is not there, or is there and was never acknowledged. */
async function strays({ datasets, models }: Created): Promise<string[]> {
  const found = async (what: string) =>
    (await query<{ id: string }>(cluster.databaseUrl, `SELECT id FROM ${what} WHERE name = 'passing'`)).map(
      ({ id }) => id,
    );
  const [storedDatasets, storedModels] = await Promise.all(['datasets', 'models'].map(found));
  const differing = (what: string, acknowledged: Set<string>, stored: string[]) => [
    ...[...acknowledged].filter((id) => !stored.includes(id)).map((id) => `${what} ${id} is gone`),
    ...stored.filter((id) => !acknowledged.has(id)).map((id) => `${what} ${id} was never acknowledged`),
  ];
  return [...differing('dataset', datasets, storedDatasets), ...differing('model', models, storedModels)];
}

let ledger = new Ledger();
try {
  await using balancer = await Balancer.start(
    directory,
    apis.map(({ name, url = '' }) => ({ name, url })),
  );
  const subject = await prepare(balancer.url);
  const created: Created = { datasets: new Set(), models: new Set() };
  ledger = new Ledger();
  const over = new AbortController();
  const traffic = keepAsking({ subject, created, ledger }, over.signal);
  const restarts: object[] = [];
  for (let round = 0; round < Number(values.rounds); round++)
    for (const program of [...apis, worker]) restarts.push(await restart(program, balancer));
  over.abort();
  await traffic;
  const faults = await strays(created);
  console.log(
    `${ledger.second} s of load, SHUTDOWN_DELAY_SECONDS=${values.delay}; load average ${loadavg()[0].toFixed(1)}`,
  );
  console.table(ledger.table);
  console.table(restarts);
  for (const { second, kind, why } of ledger.failures) console.log(`LOST at ${second} s, ${kind}: ${why}`);
  for (const line of await balancer.complaints()) console.log(`haproxy: ${line}`);
  for (const fault of faults) console.log(`WRONG: ${fault}`);
  console.log(ledger.failures.length + faults.length === 0 ? 'No request was lost.' : 'REQUESTS WERE LOST');
  process.exitCode = ledger.failures.length + faults.length === 0 ? 0 : 1;
} finally {
  for (const program of [...apis, worker]) await program.stop();
  await cluster.stop();
  await rm(directory, { recursive: true, force: true });
}
