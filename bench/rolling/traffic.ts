import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { twoMoons } from '../../test/support/two-moons.ts';
import type { Ledger } from './ledger.ts';

const rows = 2000;
const moons = twoMoons(rows, { noise: 0.1, seed: 1 });
export const table = [
  'x,y',
  ...Array.from({ length: rows }, (_, row) => `${moons[2 * row]},${moons[2 * row + 1]}`),
].join('\n');
const sampled = 100_000;

/** What everything is asked of: a model that is ready, and its dataset. */
export interface Subject {
  readonly url: string;
  readonly datasetId: string;
  readonly modelId: string;
}

/** What was acknowledged, to be looked for at the end. */
export interface Created {
  readonly datasets: Set<string>;
  readonly models: Set<string>;
}

interface Kind {
  readonly name: string;
  /** How many do it at once, each again and again. */
  readonly clients: number;
  /** How long each waits from one answer to the next request. */
  readonly pauseMilliseconds: number;
  ask(subject: Subject, created: Created): Promise<void>;
}

/** Asks once, and reads the whole answer; throws where it is no success, and never asks again. */
async function ask(url: string, options: RequestInit = {}, patienceSeconds = 60): Promise<string> {
  const response = await fetch(url, { ...options, signal: AbortSignal.timeout(1000 * patienceSeconds) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text.slice(0, 200)}`);
  return text;
}

export const upload = (url: string, name: string, headers: Record<string, string> = {}) =>
  ask(`${url}/v1/datasets?name=${name}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', ...headers },
    body: table,
  });

export const post = (url: string, body: object, headers: Record<string, string> = {}) =>
  ask(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });

const newModel = ({ url, datasetId }: Subject, name: string, steps: number) =>
  post(
    `${url}/v1/models`,
    { datasetId, name, flow: 'real-nvp', training: { steps, patience: 1_000_000 } },
    { 'idempotency-key': randomUUID() },
  );

const idOf = (text: string): string => JSON.parse(text).id;

export const kinds: readonly Kind[] = [
  {
    ...{ name: 'one row scored', clients: 3, pauseMilliseconds: 100 },
    ask: async ({ url, modelId }) => {
      const text = await post(`${url}/v1/models/${modelId}/log-prob`, { rows: [[0.1, 0.2]] });
      if (!Number.isFinite(JSON.parse(text).logProb[0])) throw new Error(text);
    },
  },
  {
    ...{ name: '100,000 rows sampled', clients: 1, pauseMilliseconds: 1000 },
    ask: async ({ url, modelId }) => {
      const text = await ask(`${url}/v1/models/${modelId}/sample?n=${sampled}&format=csv`);
      const lines = text.trimEnd().split('\n').length - 1;
      if (lines !== sampled) throw new Error(`${lines} of ${sampled} rows`);
    },
  },
  {
    ...{ name: '2,000 rows uploaded', clients: 1, pauseMilliseconds: 3000 },
    ask: async ({ url }, { datasets }) => void datasets.add(idOf(await upload(url, 'passing'))),
  },
  {
    ...{ name: 'a model asked for, with a key', clients: 1, pauseMilliseconds: 4000 },
    ask: async (subject, { models }) => void models.add(idOf(await newModel(subject, 'passing', 20))),
  },
  {
    ...{ name: 'a dataset asked for, with a key', clients: 1, pauseMilliseconds: 3000 },
    ask: async ({ url }, { datasets }) =>
      void datasets.add(idOf(await upload(url, 'passing', { 'idempotency-key': randomUUID() }))),
  },
  {
    ...{ name: 'models listed', clients: 2, pauseMilliseconds: 50 },
    ask: async ({ url }) => void JSON.parse(await ask(`${url}/v1/models?limit=10`)),
  },
  { ...{ name: 'a training followed', clients: 2, pauseMilliseconds: 0 }, ask: followed },
];

/** Follows a training to its end, as a browser does: where a stream has ended it asks for what comes after the last event. */
async function followed(subject: Subject, { models }: Created): Promise<void> {
  const id = idOf(await newModel(subject, 'passing', 2000));
  models.add(id);
  const seen: { id?: string | undefined; data: string }[] = [];
  const parser = createParser({ onEvent: (event) => void seen.push(event) });
  let status = 'queued';
  while (status !== 'ready') {
    const from = seen.length > 0 ? { 'last-event-id': seen.at(-1)?.id ?? '' } : {};
    parser.feed(await ask(`${subject.url}/v1/models/${id}/events`, { headers: { ...from } }, 600));
    for (const { data } of seen) status = JSON.parse(data).status ?? status;
    if (['failed', 'cancelled'].includes(status)) throw new Error(`the model is ${status}`);
  }
  const gap = seen.findIndex((event, place) => Number(event.id) !== place + 1);
  if (gap >= 0) throw new Error(`event ${seen[gap].id} came where ${gap + 1} was expected`);
}

/** Keeps asking for everything until it is told to stop; resolves when the last answer is there. */
export async function keepAsking(
  { subject, created, ledger }: { subject: Subject; created: Created; ledger: Ledger },
  signal: AbortSignal,
): Promise<void> {
  const client = async ({ name, pauseMilliseconds, ask: work }: Kind) => {
    while (!signal.aborted) {
      await ledger.note(name, () => work(subject, created));
      await sleep(pauseMilliseconds);
    }
  };
  await Promise.all(kinds.flatMap((kind) => Array.from({ length: kind.clients }, () => client(kind))));
}

/** Uploads the table and trains the model that everything is asked of. */
export async function prepare(url: string): Promise<Subject> {
  const datasetId = idOf(await upload(url, 'kept'));
  const modelId = idOf(await post(`${url}/v1/models`, { datasetId, flow: 'real-nvp', training: { steps: 500 } }));
  while (JSON.parse(await ask(`${url}/v1/models/${modelId}`)).status !== 'ready') await sleep(100);
  return { url, datasetId, modelId };
}
