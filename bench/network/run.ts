/**
 * The service on machines that network namespaces stand in for: a database, an API and two workers, each with an address of its own at a
 * switch. A worker is cut off in the midst of a training and of a bulk job; one in the midst of a transaction; and the API
 * from its database for 20 s. Nothing may be lost or done twice, and what a worker that was cut off still writes is refused.
 * Needs root and `ip`. Run: node bench/network/run.ts [--only worker,transaction,api]
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { newDirectory } from '../chaos/deployment.ts';
import { Network } from './machines.ts';
import { Scenarios } from './scenarios.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: 'worker,transaction,api' } } });
/** One way; tells how far apart the machines are. */
const delayMilliseconds = 5;

if (process.getuid?.() !== 0 || spawnSync('ip', ['netns', 'list']).status !== 0) {
  console.error('Left out: network namespaces need root, and `ip` of iproute2');
  process.exit(2);
}

const prefix = process.env.BENCH_NETWORK;
process.exitCode = prefix === undefined ? await outside() : await inside(new Network(prefix));

/** Makes the machines, of which one is for the bench itself, and removes them whatever happens. */
async function outside(): Promise<number> {
  await using network = await Network.create();
  await network.add('bench', delayMilliseconds);
  const environment = { ...process.env, BENCH_NETWORK: network.prefix };
  const child = network.spawn('bench', [process.execPath, ...process.argv.slice(1)], environment, 'inherit');
  // The terminal tells the child, too; here what it has made is waited for.
  process.on('SIGINT', () => {});
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

async function inside(network: Network): Promise<number> {
  const directory = await newDirectory();
  try {
    const addresses = new Map<string, string>();
    for (const name of ['database', 'api', 'one', 'two'])
      addresses.set(name, await network.add(name, delayMilliseconds));
    const late = network.delayFault;
    console.log(late ? `Packets are not late: ${late}` : `Packets are ${delayMilliseconds} ms late on each cable`);
    const scenarios = await Scenarios.begin({ network, addresses, directory });
    const plays = {
      worker: () => scenarios.workerCutOff(),
      transaction: () => scenarios.cutOffInTransaction(),
      api: () => scenarios.apiCutOff(),
    };
    const faults: string[] = [];
    for (const [name, play] of Object.entries(plays))
      if (values.only.split(',').includes(name)) faults.push(...(await play()));
    for (const fault of faults) console.log(`WRONG: ${fault}`);
    console.log(
      `Load average ${loadavg()[0].toFixed(1)}. ${faults.length === 0 ? 'All as it should be.' : `${faults.length} FAULTS`}`,
    );
    await scenarios.end();
    return faults.length === 0 ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
