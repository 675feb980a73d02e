/**
 * The service behind PgBouncer that lends connections by the transaction: an upload, a training that is followed, a job and a deletion.
 * Needs pgbouncer. Run: node bench/scaling/bouncer.ts
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/store/embedded/free-port.ts';
import { postgresPrograms } from '../../src/store/embedded/postgres-programs.ts';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { startProcess } from '../../test/support/service.ts';
import { Client, type Job } from '../bulk/client.ts';
import { Cluster } from '../chaos/cluster.ts';
import { query } from '../query.ts';
import { table } from '../rolling/traffic.ts';

await using data = await temporaryDirectory();
const cluster = await Cluster.create(data.path);
const direct = new URL(cluster.databaseUrl);
const port = await freePort();
const settings = `
[databases]
postgres = host=127.0.0.1 port=${direct.port} dbname=postgres user=${direct.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 8
`;
const file = join(data.path, 'pgbouncer.ini');
await writeFile(file, settings);
// It does not run as root, either.
const { account } = await postgresPrograms(data.path);
if (account) await chown(file, account.uid, account.gid);
const pgbouncer = spawn('pgbouncer', ['--quiet', file], { stdio: 'inherit', ...account });
try {
  await once(pgbouncer, 'spawn');
  const url = `postgresql://pushforward@127.0.0.1:${port}/postgres`;
  while ((await query(url, 'SELECT 1').catch(() => [])).length === 0) await sleep(100);
  const environment = { DATA_DIR: data.path, DATABASE_URL: url };
  await using api = await startProcess({ ...environment, ROLE: 'api' });
  await using _one = await startProcess({ ...environment, ROLE: 'worker' });
  await using _two = await startProcess({ ...environment, ROLE: 'worker' });
  const client = new Client(api.url, '');
  const { id: datasetId } = await client.ask<{ id: string }>('POST', '/v1/datasets?name=moons', table);
  const { id } = await client.ask<{ id: string }>('POST', '/v1/models', {
    datasetId,
    flow: 'real-nvp',
    training: { steps: 300 },
  });
  const events = await (await fetch(`${api.url}/v1/models/${id}/events`)).text();
  const job = await client.ask<Job>('POST', `/v1/models/${id}/jobs`, { kind: 'sample', n: 500_000 });
  await client.untilReady(`/v1/jobs/${job.id}`);
  const used = await query(
    cluster.databaseUrl,
    `SELECT count(*)::int AS connections FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  const faults = api.log.filter((line) => /"level":[456]0/.test(line)).map((line) => JSON.parse(line).msg);
  console.log({ ended: /"status":"ready"/.test(events), job: 'ready', ...used[0], faults: [...new Set(faults)] });
} finally {
  pgbouncer.kill('SIGTERM');
  await cluster.stop();
}
