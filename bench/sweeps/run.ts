/**
 * Sweeps on one real PostgreSQL, with an API and workers of one training thread each as processes of their own: a sweep of 16 small models
 * by 1, 2 and 4 workers, and when the models of two owners are ready who ask for one each at the same time.
 * PostgreSQL is started for it, unless there is a DATABASE_URL (an empty database).
 * Run: node bench/sweeps/run.ts [--workers 1,2,4] [--steps 300]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { startProcess } from '../../test/support/service.ts';
import { Client } from '../bulk/client.ts';
import { Cluster } from '../chaos/cluster.ts';
import { Bench } from './bench.ts';

const { values } = parseArgs({
  options: { workers: { type: 'string', default: '1,2,4' }, steps: { type: 'string', default: '300' } },
});
const adminKey = 'the-key-of-a-bench-of-sweeps';
const load = () => loadavg()[0].toFixed(1);

await using data = await temporaryDirectory();
const cluster = process.env.DATABASE_URL ? undefined : await Cluster.create(data.path);
const environment = {
  ...{ DATA_DIR: data.path, DATABASE_URL: cluster?.databaseUrl ?? process.env.DATABASE_URL ?? '' },
  ...{ API_KEYS: adminKey, INFERENCE_THREADS: '1', TRAINING_THREADS: '1', LOG_LEVEL: 'info' },
};
try {
  await using api = await startProcess({ ...environment, ROLE: 'api' });
  const admin = new Client(api.url, adminKey);
  const [ann, bob] = await Promise.all(['ann', 'bob'].map((owner) => admin.keyFor(owner)));
  const startWorker = () => startProcess({ ...environment, ROLE: 'worker' });
  const bench = new Bench(startWorker, environment.DATABASE_URL, Number(values.steps));

  const table: object[] = [];
  let [alone, isOnce] = [0, true];
  for (const count of values.workers.split(',').map(Number)) {
    const { seconds, asking, ready, trials, attempts } = await bench.timed(ann, count);
    alone ||= seconds;
    isOnce &&= attempts === 1 && ready === trials;
    table.push({
      ...{ workers: count, ready, 'answered after s': Number(asking.toFixed(2)), seconds: Number(seconds.toFixed(1)) },
      ...{ 'models/min': Number(((60 * ready) / seconds).toFixed(1)), speedup: Number((alone / seconds).toFixed(2)) },
      ...{ 'attempts, at most': attempts, load: load() },
    });
  }
  console.table(table);
  const [anns, bobs] = await bench.fairness([ann, bob], 2);
  console.log(`Two owners, two workers (load ${load()}): seconds until the k-th model of each was ready`);
  console.table(
    anns.map((seconds, place) => ({ k: place + 1, Ann: seconds.toFixed(1), Bob: bobs[place]?.toFixed(1) })),
  );
  console.log(isOnce ? 'Every model was trained once.' : 'SOME MODELS WERE NOT TRAINED, OR MORE THAN ONCE');
  process.exitCode = isOnce ? 0 : 1;
} finally {
  await cluster?.stop();
}
