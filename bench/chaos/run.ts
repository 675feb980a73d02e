/**
 * Kills the service's processes and its database at random moments of random work, starts them again, and looks whether all
 * is there that was acknowledged, once, and whether all goes on. Two thirds of the rounds are of an API, a worker and a
 * PostgreSQL; one third, beside them, of one process with its embedded PostgreSQL. What is asked for, and when what is killed,
 * follows from the seed. The exit code is 1 if anything was lost, made twice, stuck or left behind.
 * Run: node bench/chaos/run.ts [--rounds 200] [--seed 1] [--first 0] [--kills api,worker,database,backend,service,
 *   "embedded database","service and database"]
 */
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';
import { allKills } from './plan.ts';
import { Tally } from './tally.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    kills: { type: 'string', default: allKills.join(',') },
  },
});
const asked = options.kills.split(',');
const unknown = asked.filter((kill) => !allKills.some((known) => known === kill));
if (unknown.length > 0) throw new RangeError(`--kills: expected some of ${allKills.join(', ')}; got ${unknown}`);

const started = performance.now();
const tally = new Tally();
process.once('exit', () => {
  tally.print();
  const minutes = Number(((performance.now() - started) / 60_000).toFixed(1));
  console.log(JSON.stringify({ seed: options.seed, minutes }));
});
// So that what was started is stopped.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const plan = {
  rounds: Number(options.rounds),
  seed: Number(options.seed),
  first: Number(options.first),
  kills: allKills.filter((kill) => asked.includes(kill)),
};
await chaos(plan, tally);
process.exitCode = tally.faults > 0 ? 1 : 0;
