import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, perform } from './actions.ts';
import { checkDatasets, checkLists, repeatKeyed, StuckError } from './checks.ts';
import type { Deployment } from './deployment.ts';
import { Ledger } from './ledger.ts';
import { checkEnds, checkReady } from './model-checks.ts';
import type { Form, Round } from './plan.ts';
import { startSingle } from './single.ts';
import { startSplit } from './split.ts';
import type { Tally } from './tally.ts';

const start: Readonly<Record<Form, () => Promise<Deployment>>> = { split: startSplit, single: startSingle };

/** After so many rounds all is stopped and looked through, and begun anew: checks take longer the more there is. */
const roundsTogether = 8;

/** Plays rounds of one form, one after another. */
export async function playRounds(rounds: readonly Round[], tally: Tally): Promise<void> {
  for (let first = 0; first < rounds.length; first += roundsTogether)
    await playOn(rounds.slice(first, first + roundsTogether), tally);
}

async function playOn(rounds: readonly Round[], tally: Tally): Promise<void> {
  const [{ form }] = rounds;
  const deployment = await start[form]();
  const ledger = new Ledger();
  const before = tally.faults;
  try {
    for (const round of rounds) await play(deployment, ledger, round, tally);
  } finally {
    for (const left of await deployment.close()) tally.fault('left behind', `${form}, at its end`, left);
    const faulty = tally.faults > before;
    await deployment.remove(faulty);
    if (faulty)
      console.error(`The logs of rounds ${rounds.map(({ number }) => number)} are in ${deployment.directory}`);
  }
}

async function play(deployment: Deployment, ledger: Ledger, round: Round, tally: Tally): Promise<void> {
  const { number, kill } = round;
  const where = `round ${number} (${kill})`;
  const client: Client = { url: deployment.url, ledger, tally, where };
  const began = performance.now();
  const known = new Set(ledger.all);
  const [restoredAt] = await Promise.all([
    strike(deployment, round, client),
    ...round.actions.map(async (action) => {
      await sleep(action.at);
      await perform(client, action);
    }),
  ]);
  tally.add('rounds');
  tally.add(`kills of ${kill}`);
  try {
    await repeatKeyed(
      client,
      ledger.all.filter((entry) => !known.has(entry)),
    );
    await checkLists(client);
    await checkDatasets(client);
    await checkEnds(client, deployment, restoredAt);
    await checkReady(client);
  } catch (error) {
    if (!(error instanceof StuckError)) throw error;
    tally.fault('stuck', where, error.message);
  }
  for (const fault of await deployment.mend()) tally.fault('stuck', where, fault);
  console.error(`${where}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** Kills, starts again after the outage, and waits until all is ready; when everything had been started. */
async function strike(deployment: Deployment, round: Round, { tally, where }: Client): Promise<number> {
  const { kill, killAt, outage, pick } = round;
  await sleep(killAt);
  await deployment.installation.strike(kill, pick);
  // Long enough to be noticed.
  await sleep(200 + outage);
  const restoring = Date.now();
  await deployment.installation.restore(kill);
  for (const fault of await deployment.mend()) tally.fault('stuck', where, fault);
  const restoredAt = Date.now();
  tally.recovered(kill, (restoredAt - restoring) / 1000);
  return restoredAt;
}
