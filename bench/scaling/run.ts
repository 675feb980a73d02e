/**
 * What one process and one database take for a request, a row, a training and an idle second: an API and a worker of one thread on one
 * PostgreSQL. Processor seconds are of the process that does the work, so that a busy machine changes them little.
 * Run: node bench/scaling/run.ts [--rows 200000] [--seconds 5]
 */
import { readFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { type ServiceProcess, startProcess } from '../../test/support/service.ts';
import { Client, type Job } from '../bulk/client.ts';
import { Cluster } from '../chaos/cluster.ts';
import { load } from '../serving/load.ts';
import { Observed } from './database.ts';

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '200000' }, seconds: { type: 'string', default: '5' } },
});
const rows = Number(values.rows);
const seconds = Number(values.seconds);
const columns = 8;

/** Normal numbers, each but the first bent by the one before. */
function csv(count: number): string {
  const random = new RandomStream(1, 'noise');
  const lines = [Array.from({ length: columns }, (_, column) => `x${column}`).join()];
  for (let row = 0; row < count; row++) {
    const cells = [random.normal()];
    while (cells.length < columns) cells.push(Math.sin(cells[cells.length - 1]) + random.normal());
    lines.push(cells.map((cell) => cell.toFixed(4)).join());
  }
  return lines.join('\n');
}

/** Processor seconds of a process since its start. */
async function processorSeconds({ process: { pid } }: ServiceProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function timed<Result>(process: ServiceProcess, work: () => Promise<Result>) {
  const [before, started] = [await processorSeconds(process), performance.now()];
  const result = await work();
  return { result, wall: (performance.now() - started) / 1000, processor: (await processorSeconds(process)) - before };
}

const tell = (what: string, figure: string) => console.log(`${what}: ${figure}`);
const round = (value = Number.NaN) => Number(value.toPrecision(3)).toLocaleString('en');

await using data = await temporaryDirectory();
const cluster = await Cluster.create(data.path);
const environment = {
  ...{ DATA_DIR: data.path, DATABASE_URL: cluster.databaseUrl, RATE_LIMIT: '0' },
  ...{ INFERENCE_THREADS: '1', TRAINING_THREADS: '1' },
};
try {
  const observed = new Observed(cluster.databaseUrl);
  await using api = await startProcess({ ...environment, ROLE: 'api' });
  const client = new Client(api.url, '');
  tell('transactions a second, an idle API', round(await observed.transactionsPerSecond(3 * seconds)));
  tell('connections of an idle API', JSON.stringify(await observed.connections()));
  await using worker = await startProcess({ ...environment, ROLE: 'worker' });
  tell(
    'transactions a second, an idle API and an idle worker',
    round(await observed.transactionsPerSecond(3 * seconds)),
  );
  tell('connections of both, idle', JSON.stringify(await observed.connections()));
  tell('max_connections', await observed.setting('max_connections'));

  const table = csv(rows);
  const uploaded = await timed(api, () =>
    observed.grown(['datasets', 'dataset_parts'], () =>
      client.ask<{ id: string }>('POST', '/v1/datasets?name=x', table),
    ),
  );
  const datasetId = uploaded.result.result.id;
  const megabytes = table.length / 1e6;
  tell(
    `upload of ${rows} rows x ${columns}, ${round(megabytes)} MB of CSV`,
    `${round(megabytes / uploaded.wall)} MB/s; ${round(megabytes / uploaded.processor)} MB a processor second`,
  );
  tell(
    'database bytes and WAL bytes a stored cell',
    `${round(uploaded.result.tables / rows / columns)}, ${round(uploaded.result.wal / rows / columns)}`,
  );

  const small = await client.ask<{ id: string }>('POST', '/v1/datasets?name=small', csv(5000));
  const models: string[] = [];
  for (const [flow, steps] of [
    ['real-nvp', 500],
    ['spline', 500],
  ] as const) {
    const training = await timed(worker, () =>
      observed.grown(['models', 'model_artefacts', 'model_events', 'audit_events'], async () => {
        const { id } = await client.ask<{ id: string }>('POST', '/v1/models', {
          datasetId: small.id,
          flow,
          training: { steps, patience: steps },
        });
        return client.untilReady<{ id: string; status: string; parameterCount: number }>(`/v1/models/${id}`);
      }),
    );
    const { id, parameterCount } = training.result.result;
    models.push(id);
    tell(
      `training of ${flow}, ${round(parameterCount)} parameters, ${steps} steps of 5,000 rows`,
      `${round(training.processor)} processor s; ${round(training.result.tables / 1000)} kB of tables, ${round(training.result.wal / 1000)} kB of WAL`,
    );
  }

  for (const [place, flow] of ['real-nvp', 'spline'].entries()) {
    const path = `/v1/models/${models[place]}`;
    const row = JSON.stringify({ rows: [Array(columns).fill(0.1)] });
    for (const connections of [1, 16]) {
      const { result, processor } = await timed(api, () =>
        load(`${api.url}${path}/log-prob`, row, { connections, seconds }),
      );
      const { requestsPerSecond, p50, p99, failures } = result;
      const all = requestsPerSecond * (seconds + 1);
      tell(
        `one row a request, ${flow}, ${connections} at once`,
        `${round(requestsPerSecond)}/s, about ${round(all / processor)} a processor second; p50 ${round(p50)} ms, p99 ${round(p99)} ms, ${failures} failed`,
      );
    }
    for (const asked of [
      { kind: 'log-prob', datasetId },
      { kind: 'sample', n: rows, seed: 1 },
    ]) {
      const job = await timed(worker, () =>
        observed.grown(['datasets', 'dataset_parts', 'bulk_jobs', 'bulk_parts'], async () => {
          const { id } = await client.ask<Job>('POST', `${path}/jobs`, asked);
          return client.untilReady(`/v1/jobs/${id}`);
        }),
      );
      tell(
        `job ${asked.kind} of ${rows} rows, ${flow}`,
        `${round(rows / job.processor)} rows a processor second, ${round(rows / job.wall)} rows/s; ${round(job.result.tables / rows)} bytes of tables and ${round(job.result.wal / rows)} of WAL a row`,
      );
    }
  }
  tell('connections after all that', JSON.stringify(await observed.connections()));
  console.log(`Load average ${loadavg()[0].toFixed(1)}`);
} finally {
  await cluster.stop();
}
