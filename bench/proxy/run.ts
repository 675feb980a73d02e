/**
 * Two API processes and a worker behind the proxy of docker-compose.yml, as processes on this machine: whether streams pass as they
 * come, uploads are not kept, addresses of clients arrive, and what clients see while the API is restarted and killed.
 * Needs Caddy, on the PATH or named in CADDY. PostgreSQL is started for it.
 * Run: node bench/proxy/run.ts [--checkout .] [--seconds 10]
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { askForModel, startProcess, waitFor } from '../../test/support/service.ts';
import { Cluster } from '../chaos/cluster.ts';
import { checkAddresses, checkEvents, checkSample, checkUpload } from './checks.ts';
import { Load } from './load.ts';
import { startProxy } from './proxy.ts';

const { values } = parseArgs({
  options: { checkout: { type: 'string', default: '.' }, seconds: { type: 'string', default: '10' } },
});
const key = 'the-key-of-a-bench-of-the-proxy';
const ports = ['34101', '34102'];

await using data = await temporaryDirectory();
const cluster = await Cluster.create(data.path);
const common = {
  ...{ DATA_DIR: data.path, DATABASE_URL: cluster.databaseUrl, API_KEYS: key, RATE_LIMIT: '0' },
  ...{ TRAINING_THREADS: '1', INFERENCE_THREADS: '1' },
};
const start = (more: Record<string, string>) => startProcess({ ...common, ...more }, resolve(values.checkout));
const api = { ROLE: 'api', TRUST_PROXY: 'loopback', SHUTDOWN_DELAY_SECONDS: '10' };
const startApi = (place: number) => start({ ...api, PORT: ports[place] });

try {
  await using worker = await start({ ROLE: 'worker', PROBE_PORT: '0' });
  const processes = await Promise.all(ports.map((_, place) => startApi(place)));
  await using proxy = await startProxy(ports.map((port) => `127.0.0.1:${port}`));
  const headers = { authorization: `Bearer ${key}` };
  const behind = { proxy, processes, headers };
  console.log(`worker: ${(await fetch(`${worker.url}/readyz`)).status}`);

  const model = await askForModel(proxy.url, { steps: 200 }, { headers });
  await waitFor(proxy.url, model, ['ready'], 120, headers);
  console.log('addresses:', await checkAddresses(behind));
  console.log('events:', await checkEvents(behind));
  console.log('sample:', await checkSample(behind, model));
  console.log('upload:', await checkUpload(behind, data.path));

  const seconds = Number(values.seconds);
  const load = () => new Load(proxy.url, { model, headers });
  console.log('undisturbed:', await load().during(seconds));
  const rolling = load().during(async () => {
    for (const place of ports.keys()) {
      await processes[place].stop('SIGTERM');
      processes[place] = await startApi(place);
    }
  });
  console.log('restarted one after the other:', await rolling);
  const killing = load().during(async () => {
    await processes[0].stop('SIGKILL');
    processes[0] = await startApi(0);
  });
  console.log('one killed:', await killing);
  for (const each of processes) await each.stop('SIGTERM');
  await worker.stop('SIGTERM');
} finally {
  await cluster.stop();
}
