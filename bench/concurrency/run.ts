/**
 * Waves of simultaneous log-prob requests while a model trains, and how soon /healthz answers meanwhile.
 * Run: node bench/concurrency/run.ts [--connections 200] [--seconds 10]
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { askForModel, postJson, startProcess, waitFor } from '../../test/support/service.ts';

const { values: options } = parseArgs({
  options: { connections: { type: 'string', default: '200' }, seconds: { type: 'string', default: '10' } },
});
const connections = Number(options.connections);

await using data = await temporaryDirectory();
await using service = await startProcess({ DATA_DIR: data.path, LOG_LEVEL: 'info' });
const ready = await askForModel(service.url, { steps: 500 });
await waitFor(service.url, ready, ['ready']);
const training = await askForModel(service.url, { steps: 1_000_000, patience: 1_000_000 });
await waitFor(service.url, training, ['training']);

const health: number[] = [];
const scoring: number[] = [];
let failures = 0;

async function timed(times: number[], request: () => Promise<number>): Promise<void> {
  const started = performance.now();
  const status = await request().catch(() => 0);
  times.push(performance.now() - started);
  if (status !== 200) failures++;
}

async function scoreInWaves(): Promise<void> {
  const deadline = performance.now() + 1000 * Number(options.seconds);
  const path = `${service.url}/v1/models/${ready}/log-prob`;
  while (performance.now() < deadline)
    await Promise.all(
      Array.from({ length: connections }, (_, index) =>
        timed(scoring, async () => (await postJson(path, { rows: [[index / connections, 0.5]] })).status),
      ),
    );
}

// In a thread of its own, so that its answers do not wait for this thread to have sent its waves.
const watcher = new Worker(new URL('./health.ts', import.meta.url), {
  workerData: { url: `${service.url}/healthz`, seconds: Number(options.seconds) },
});
await once(watcher, 'message');
const watched: Promise<{ milliseconds: number; status: number }[][]> = once(watcher, 'message');
await scoreInWaves();
for (const { milliseconds, status } of (await watched)[0]) {
  health.push(milliseconds);
  if (status !== 200) failures++;
}
const { status } = await waitFor(service.url, training, ['training']);

const quantiles = (times: number[]) => {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => Number(sorted[Math.floor(part * (sorted.length - 1))].toFixed(1));
  return { requests: times.length, p50: at(0.5), p99: at(0.99), slowest: at(1) };
};
console.log(`${connections} at once for ${options.seconds} s; the other model is still ${status}. Milliseconds:`);
console.table({ 'log-prob': quantiles(scoring), healthz: quantiles(health) });
console.log(`${failures} requests failed`);
process.exitCode = failures === 0 ? 0 : 1;
