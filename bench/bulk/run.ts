/**
 * Bulk jobs on one real PostgreSQL, with an API and workers as processes of their own: rows a second of 1, 2 and 4 workers, what two
 * owners get who ask at the same time, and with --kill whether a job comes to the same bytes whose workers are killed at random.
 * PostgreSQL is started for it, unless there is a DATABASE_URL (an empty database).
 * Run: node bench/bulk/run.ts [--rows 1000000] [--workers 1,2,4] [--seed 1] [--kill]
 */
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { startProcess } from '../../test/support/service.ts';
import { Cluster } from '../chaos/cluster.ts';
import { Bench } from './bench.ts';
import { Client } from './client.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    workers: { type: 'string', default: '1,2,4' },
    seed: { type: 'string', default: '1' },
    kill: { type: 'boolean', default: false },
  },
});
const rows = Number(values.rows);
const adminKey = 'the-key-of-a-bench-of-bulk-jobs';

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
  const bench = new Bench(() => startProcess({ ...environment, ROLE: 'worker' }), Number(values.seed));

  const model = await bench.trained(ann);
  const drawing = { kind: 'sample', n: rows, seed: 1 };
  const warm = !values.kill;
  const drawn = await bench.timed(ann, model, drawing, { workers: 1, warm });
  const scoring = { kind: 'log-prob', datasetId: drawn.outputDatasetId };
  const runs = [{ what: 'sample', ...drawn }];
  for (const workers of values.kill ? [1] : values.workers.split(',').map(Number))
    runs.push({ what: 'log-prob', ...(await bench.timed(ann, model, scoring, { workers, warm })) });
  console.table(
    runs.map(({ what, workers, seconds, rowsPerSecond, digest }) => ({
      ...{ what, workers, seconds: Number(seconds.toFixed(1)), 'rows/s': Math.round(rowsPerSecond) },
      digest: digest.slice(0, 12),
    })),
  );
  const [, undisturbed] = runs;
  let same = runs.slice(1).every(({ digest }) => digest === undisturbed.digest);

  if (values.kill)
    for (const [what, asked, expected] of [
      ['sample', drawing, drawn],
      ['log-prob', scoring, undisturbed],
    ] as const) {
      const { kills, attempts, parts, seconds, digest } = await bench.killed(
        ann,
        model,
        asked,
        environment.DATABASE_URL,
      );
      const verdict = digest === expected.digest ? 'the same bytes' : 'OTHER BYTES';
      same &&= digest === expected.digest;
      console.log(
        `${what} of ${rows} rows with workers killed ${kills} times: ${verdict} as undisturbed (${digest.slice(0, 12)}); ` +
          `${attempts} attempts at ${parts} parts, ${seconds.toFixed(0)} s`,
      );
    }
  else {
    const { share, bobSeconds, annSeconds } = await bench.fairness([ann, bob], model, rows);
    console.log(
      `Two owners, two workers: Ann asks for ${rows} rows and Bob then for a tenth of that. Bob's are there after ` +
        `${bobSeconds.toFixed(1)} s, Ann's after ${annSeconds.toFixed(1)} s; of the parts done meanwhile ${Math.round(100 * share)} % were Bob's`,
    );
  }
  console.log(same ? 'All outputs of a job are equal, byte for byte.' : 'OUTPUTS DIFFER');
  process.exitCode = same ? 0 : 1;
} finally {
  await cluster?.stop();
}
