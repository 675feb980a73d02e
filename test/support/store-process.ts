// A process of its own with a store and a queue, to be killed by a test. Its first argument is the data directory, or the
// URL of a database that other processes use too. The second says what it does with a training job; it tells its parent what happens.
import { setTimeout as sleep } from 'node:timers/promises';
import { startQueue } from '../../src/queue/queue.ts';
import { openStore } from '../../src/store/store.ts';
import { silent } from './postgres.ts';

const [, , place = '', behaviour = ''] = process.argv;
const tell = (message: StoreProcessMessage) => process.send?.(message);

/** What the process tells; each at most once a job. */
export type StoreProcessMessage = { opened: string } | { attempt: number } | { closedAfterSignal: true };

const databaseUrl = URL.canParse(place) ? place : undefined;
const store = await openStore({ databaseUrl, dataDirectory: place, log: silent });
const queue = await startQueue(store, silent);

process.on('SIGINT', async () => {
  // Long enough for a server that had the signal too to have stopped.
  await sleep(500);
  await store.ping();
  await queue.stop();
  await store.close();
  tell({ closedAfterSignal: true });
  process.disconnect();
});
process.on('message', () => process.exit());

if (behaviour !== 'no work')
  await queue.takeTraining(1, async (modelId) => {
    const started = await store.models.startAttempt(modelId);
    tell({ attempt: started?.attempt ?? 0 });
    if (behaviour === 'crash') process.kill(process.pid, 'SIGKILL');
    await new Promise(() => {});
  });
tell({ opened: store.databaseUrl });
