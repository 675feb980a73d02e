/**
 * Whether the service stays as it is under a mixed load: errors, latencies, memory, files, sockets and connections over many
 * minutes at a part of what it can take, which is measured first. Things are done when they are due, not when those before
 * are done. The bench asks from the same machine.
 * Run: node bench/soak/run.ts [--minutes 20] [--load 0.7] [--capacity-seconds 60] [--clients 16]
 */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { newDirectory, spooled } from '../chaos/deployment.ts';
import { Program } from '../chaos/program.ts';
import { embeddedUrl, query } from '../query.ts';
import { capacity, openLoop } from './load.ts';
import { prepare } from './mix.ts';
import { growth, holdingsOf, watch } from './watch.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    load: { type: 'string', default: '0.7' },
    'capacity-seconds': { type: 'string', default: '60' },
    clients: { type: 'string', default: '16' },
  },
});
/** Longer than the service keeps connections that nothing is asked on. */
const idleSeconds = 75;
const print = (values: object) => console.log(JSON.stringify(values));

// So that what was started is stopped.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const directory = await newDirectory();
const service = await Program.start('service', directory, {
  ...{ LOG_LEVEL: 'warn', MAX_EVENT_LOOP_DELAY: '', TRAINING_THREADS: '' },
});
try {
  if (service.url === undefined) throw new RangeError('Expected a service that listens');
  const subject = await prepare(service.url);
  await look('before');
  const most = await capacity(subject, Number(options.clients), Number(options['capacity-seconds']));
  const rate = most * Number(options.load);
  print({
    capacityPerSecond: Number(most.toFixed(1)),
    load: Number(options.load),
    ratePerSecond: Number(rate.toFixed(1)),
  });
  const ended = new AbortController();
  const watching = watch(service.pid, ended.signal);
  const results = await openLoop(subject, rate, 60 * Number(options.minutes));
  await look('at the end of the load');
  ended.abort();
  const seen = await watching;
  for (const latencies of results.latencies) print(latencies);
  const errorRate = Number((results.failed / (results.done || 1)).toPrecision(2));
  print({ done: results.done, failed: results.failed, errorRate, errors: results.errors });
  const { perMinute, standardError } = growth(seen);
  const [first, last] = [seen[0].mebibytes, seen[seen.length - 1].mebibytes];
  const rounded = { perMinute: Number(perMinute.toFixed(3)), standardError: Number(standardError.toFixed(3)) };
  print({ mebibytes: { first, last, most: Math.max(...seen.map(({ mebibytes }) => mebibytes)), ...rounded } });
  await sleep(1000 * idleSeconds);
  await look('after idling');
} finally {
  print({ stopped: (await service.stop()) ?? 'as asked' });
  await rm(directory, { recursive: true, maxRetries: 5 });
}

/** What the service holds, in the process, on disk and in the database. */
async function look(when: string): Promise<void> {
  const { minutes: _, ...holdings } = await holdingsOf(service.pid);
  const spoolFiles = (await spooled(service.dataDirectory)).length;
  print({ when, ...holdings, spoolFiles, databaseConnections: await databaseConnections() });
}

async function databaseConnections(): Promise<number> {
  const sql = `SELECT count(*)::int FROM pg_stat_activity WHERE application_name LIKE 'pushforward%'`;
  const [{ count }] = await query<{ count: number }>(await embeddedUrl(service.dataDirectory), sql);
  return count;
}
