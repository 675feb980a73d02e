/**
 * One race of "auto" on a real table by 1, 2 and 4 workers of one training thread each, on one real PostgreSQL: the seconds from the
 * start of the training to its end, what share of it other workers did than the one that had it, and whether all models are equal.
 * PostgreSQL is started for it, unless there is a DATABASE_URL (an empty database).
 * Run: node bench/race/run.ts [--file seattle-weather.csv] [--steps 1500] [--workers 1,2,4]
 */
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { call, postJson, type ServiceProcess, startProcess, untilTaken, waitFor } from '../../test/support/service.ts';
import { Cluster } from '../chaos/cluster.ts';
import { query } from '../query.ts';

const { values } = parseArgs({
  options: {
    file: { type: 'string', default: 'seattle-weather.csv' },
    steps: { type: 'string', default: '1500' },
    workers: { type: 'string', default: '1,2,4' },
  },
});
const steps = Number(values.steps);
/** In seconds: none runs out. */
const patience = 86_400;

await using data = await temporaryDirectory();
const cluster = process.env.DATABASE_URL ? undefined : await Cluster.create(data.path);
const databaseUrl = cluster?.databaseUrl ?? process.env.DATABASE_URL ?? '';
const environment = {
  ...{ DATA_DIR: data.path, DATABASE_URL: databaseUrl, LOG_LEVEL: 'info' },
  ...{ INFERENCE_THREADS: '1', TRAINING_THREADS: '1' },
};

/** What the workers have logged with this message. */
const logged = (workers: readonly ServiceProcess[], message: string) =>
  workers.flatMap(({ log }) => log.filter((line) => line.includes(`"${message}"`)).map((line) => JSON.parse(line)));

async function timed(url: string, datasetId: string, count: number) {
  await using stack = new AsyncDisposableStack();
  const workers: ServiceProcess[] = [];
  for (let place = 0; place < count; place++)
    workers.push(stack.use(await startProcess({ ...environment, ROLE: 'worker' })));
  const asked = { datasetId, flow: 'auto', training: { steps, budgetSeconds: patience }, seed: 1 };
  const { id } = (await untilTaken(() => postJson(`${url}/v1/models`, asked))).body;
  const model = await waitFor(url, id, ['ready'], patience);
  const [{ digest }] = await query<{ digest: string }>(
    databaseUrl,
    `SELECT encode(sha256(bytes), 'hex') AS digest FROM model_artefacts WHERE model_id = '${id}'`,
  );
  const legs = logged(workers, 'leg of a race trained');
  const [{ legs: all }] = logged(workers, 'training ended');
  const stepsElsewhere = legs.reduce((sum, leg) => sum + (leg.steps ?? 0), 0);
  return {
    workers: count,
    seconds: (Date.parse(model.finishedAt) - Date.parse(model.startedAt)) / 1000,
    legs: all.here + all.elsewhere,
    'elsewhere, %': Math.round((100 * all.elsewhere) / (all.here + all.elsewhere)),
    'of the steps, %': Math.round((100 * stepsElsewhere) / model.progress.step),
    load: Number(loadavg()[0].toFixed(1)),
    digest: digest.slice(0, 12),
  };
}

try {
  await using api = await startProcess({ ...environment, ROLE: 'api' });
  const body = await readFile(new URL(`../../node_modules/vega-datasets/data/${values.file}`, import.meta.url), 'utf8');
  const upload = { method: 'POST', headers: { 'content-type': 'text/csv' }, body };
  const { id: datasetId } = (await untilTaken(() => call(`${api.url}/v1/datasets?name=race`, upload))).body;
  const runs = [];
  for (const count of values.workers.split(',').map(Number)) {
    const run = await timed(api.url, datasetId, count);
    console.log(run);
    runs.push(run);
  }
  console.table(runs);
  const same = new Set(runs.map(({ digest }) => digest)).size === 1;
  console.log(same ? 'All models are equal, byte for byte.' : 'MODELS DIFFER');
  process.exitCode = same ? 0 : 1;
} finally {
  await cluster?.stop();
}
