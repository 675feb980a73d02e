import { setTimeout as sleep } from 'node:timers/promises';
import type { Static } from 'typebox';
import type { datasetSchema } from '../../src/http/schemas/dataset.ts';
import type { Client } from './actions.ts';
import { type Answer, ask, codeOf, json } from './ask.ts';
import { digestOf } from './fingerprint.ts';
import { type DatasetEntry, isThere, type ModelEntry } from './ledger.ts';

type Entry = DatasetEntry | ModelEntry;
type Dataset = Static<typeof datasetSchema>;

/** How long a client asks again that is not answered: claims of dead processes are held for 30 s. */
const insistSeconds = 60;

/** Thrown where a service that says it is ready does not do what it is asked. */
export class StuckError extends Error {
  override name = 'StuckError';
}

/** Asks until there is an answer that says something of what was asked for. Throws StuckError. */
export async function insist({ tally }: Client, what: string, request: () => Promise<Answer>): Promise<Answer> {
  for (const deadline = Date.now() + 1000 * insistSeconds; ; await sleep(300)) {
    const answer = await request();
    const { status } = answer;
    const inUse = status === 409 && codeOf(answer) === '409 idempotency-key-in-use';
    if (typeof status === 'number' && status < 500 && !inUse) return answer;
    tally.add(`answers once the service said it was ready: ${codeOf(answer)}`);
    if (Date.now() > deadline) throw new StuckError(`${what}: ${codeOf(answer)} for ${insistSeconds} s`);
  }
}

/** Asks for a second time for what was asked for with a key: it must be the same thing, or be made now. */
export async function repeatKeyed(client: Client, entries: readonly Entry[]): Promise<void> {
  // At once, as the claims of one dead process run out at about the same time.
  await Promise.all(entries.filter(({ key }) => key !== undefined).map((entry) => repeat(client, entry)));
}

async function repeat(client: Client, entry: Entry): Promise<void> {
  const { tally, where } = client;
  const answer = await insist(client, `${entry.name}, repeated`, () => ask(entry.request.url, entry.request.options));
  if (answer.status !== 201 && answer.status !== 202) {
    // Its dataset may have been deleted before the first request had created anything.
    if (entry.id !== undefined) tally.fault('losses', where, `${entry.name}, repeated: ${codeOf(answer)}`);
    return;
  }
  const { id } = json<{ id: string }>(answer);
  if (entry.id === undefined) tally.add('creations settled by asking again');
  else if (entry.id !== id) tally.fault('duplicates', where, `${entry.name} is ${entry.id}, and repeated ${id}`);
  else if (answer.headers.get('idempotent-replayed') !== 'true')
    tally.fault('duplicates', where, `${entry.name} was not answered as a repetition`);
  entry.id ??= id;
}

/** Holds what is listed against what was acknowledged, and takes up what is there without having been acknowledged. */
export async function checkLists(client: Client): Promise<void> {
  const { ledger, tally, where } = client;
  const listed = [...(await list(client, 'datasets')), ...(await list(client, 'models'))];
  for (const entry of ledger.all) {
    const found = listed.filter(({ name }) => name === entry.name);
    if (found.length > 1) tally.fault('duplicates', where, `there are ${found.length} ${entry.kind} ${entry.name}`);
    const there = found.length > 0;
    if (entry.deletion === 'asked') entry.deletion = there ? 'none' : 'done';
    else if (entry.deletion === 'done' && there) tally.fault('losses', where, `${entry.name} came back`);
    else if (isThere(entry) && !there) lost(client, entry, 'is gone');
    if (there && entry.id !== undefined && found[0].id !== entry.id)
      tally.fault('duplicates', where, `${entry.name} is ${found[0].id}, acknowledged was ${entry.id}`);
    entry.id ??= found[0]?.id;
  }
  const names = new Set(ledger.all.map(({ name }) => name));
  for (const { name } of listed) if (!names.has(name)) tally.fault('duplicates', where, `nobody asked for ${name}`);
}

/** It is counted once. */
function lost({ tally, where }: Client, entry: Entry, how: string): void {
  tally.fault('losses', where, `${entry.name} ${how}`);
  entry.deletion = 'done';
}

async function list(client: Client, kind: Entry['kind']): Promise<{ id: string; name: string }[]> {
  const items = [];
  for (let cursor = ''; ; ) {
    const url = `${client.url}/v1/${kind}?limit=100${cursor}`;
    const page = json<{ items: { id: string; name: string }[]; nextCursor: string | null }>(
      await insist(client, `the list of ${kind}`, () => ask(url)),
    );
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    cursor = `&cursor=${page.nextCursor}`;
  }
}

/** The rows of each dataset must be those that were sent, and to the byte those that were read before. */
export async function checkDatasets(client: Client): Promise<void> {
  for (const entry of client.ledger.datasets.filter(isThere)) {
    const path = `${client.url}/v1/datasets/${entry.id}`;
    const digest = digestOf(await insist(client, entry.name, () => ask(`${path}/rows?format=csv`)));
    if (entry.digest !== digest) {
      const { rowCount } = json<Dataset>(await insist(client, entry.name, () => ask(path)));
      const { rows } = json<{ rows: unknown[] }>(await insist(client, entry.name, () => ask(`${path}/rows`)));
      const whole = rowCount === entry.rows.length && JSON.stringify(rows) === JSON.stringify(entry.rows);
      if (!whole) lost(client, entry, `has ${rowCount} and ${rows.length} of ${entry.rows.length} rows, or other ones`);
      else if (entry.digest !== undefined) lost(client, entry, 'has other bytes than before');
    }
    entry.digest = digest;
  }
}
