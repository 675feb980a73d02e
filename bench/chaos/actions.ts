import { setTimeout as sleep } from 'node:timers/promises';
import { ask, codeOf, json } from './ask.ts';
import { askSample, askScores, digestOf } from './fingerprint.ts';
import type { DatasetEntry, Ledger, ModelEntry } from './ledger.ts';
import type { Action, Other, Training, Upload } from './plan.ts';
import { bodyOf, randomRows } from './tables.ts';
import type { Tally } from './tally.ts';

export interface Client {
  readonly url: string;
  readonly ledger: Ledger;
  readonly tally: Tally;
  /** The round, for messages. */
  readonly where: string;
}

/** Does what a client would, and writes down what was acknowledged. */
export async function perform(client: Client, action: Action): Promise<void> {
  const answer = await act(client, action);
  if (answer) client.tally.add(`answers to ${action.does} during a round: ${answer}`);
}

function act(client: Client, action: Action): Promise<string | undefined> {
  switch (action.does) {
    case 'upload':
      return upload(client, action.name, action);
    case 'train':
      return train(client, action.name, action);
    case 'cancel':
      return cancel(client, action.pick);
    case 'delete model':
      return remove(client, client.ledger.pick(client.ledger.models, action.pick));
    case 'delete dataset':
      return remove(client, client.ledger.pick(client.ledger.datasets, action.pick));
    default:
      return compare(client, action);
  }
}

async function upload({ url, ledger, tally, where }: Client, name: string, plan: Upload): Promise<string> {
  const rows = randomRows(plan.rows, plan.tableSeed);
  const { mediaType, bytes } = bodyOf(rows, plan.format);
  const options = { method: 'POST', headers: headersOf(mediaType, plan.key), body: bytes };
  const request = { url: `${url}/v1/datasets?name=${name}`, options };
  const entry: DatasetEntry = {
    ...{ kind: 'datasets', name, key: plan.key, request, rows },
    ...{ id: undefined, deletion: 'none', digest: undefined },
  };
  ledger.datasets.push(entry);
  const pieces = plan.slow ? { body: inPieces(bytes), duplex: 'half' as const } : {};
  const answer = await ask(request.url, { ...options, ...pieces });
  if (answer.status !== 201) return codeOf(answer);
  const { id, rowCount } = json<{ id: string; rowCount: number }>(answer);
  entry.id = id;
  tally.add('datasets acknowledged');
  if (rowCount !== rows.length) tally.fault('losses', where, `${name} has ${rowCount} rows of ${rows.length}`);
  const stored = await ask(`${url}/v1/datasets/${id}/rows?format=csv`);
  if (stored.status === 200) entry.digest = digestOf(stored);
  return '201';
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = Math.ceil(bytes.length / 5);
  for (let start = 0; start < bytes.length; start += size) {
    yield bytes.subarray(start, start + size);
    await sleep(150);
  }
}

const inPieces = (bytes: Uint8Array) => ReadableStream.from(pieces(bytes));

const headersOf = (mediaType: string, key: string | undefined): Record<string, string> => ({
  'content-type': mediaType,
  ...(key && { 'idempotency-key': key }),
});

async function train({ url, ledger, tally }: Client, name: string, plan: Training): Promise<string | undefined> {
  const dataset = ledger.pick(ledger.datasets, plan.pick);
  if (!dataset) return undefined;
  // The race of "auto" has several flows to train.
  const training = plan.flow === 'auto' ? { steps: 200, raceSteps: 50, ensemble: 2 } : { steps: plan.steps };
  const body = { datasetId: dataset.id, name, flow: plan.flow, training: { ...training, budgetSeconds: 6 }, seed: 1 };
  const options = { method: 'POST', headers: headersOf('application/json', plan.key), body: JSON.stringify(body) };
  const request = { url: `${url}/v1/models`, options };
  const entry: ModelEntry = {
    ...{ kind: 'models', name, key: plan.key, request, rows: dataset.rows },
    ...{ id: undefined, deletion: 'none', ended: undefined, fingerprint: undefined, cancelled: false },
  };
  ledger.models.push(entry);
  const answer = await ask(request.url, options);
  if (answer.status !== 202) return codeOf(answer);
  entry.id = json<{ id: string }>(answer).id;
  tally.add('models acknowledged');
  return '202';
}

async function cancel({ url, ledger, tally, where }: Client, pick: number): Promise<string | undefined> {
  const model = ledger.pick(ledger.models, pick, ({ ended }) => ended === undefined);
  if (!model) return undefined;
  const answer = await ask(`${url}/v1/models/${model.id}/cancel`, { method: 'POST' });
  if (answer.status === 202) model.cancelled = true;
  if (answer.status === 404 && model.deletion === 'none') tally.fault('losses', where, `${model.name} is gone`);
  return codeOf(answer);
}

/** While there is no answer it may be gone or not. */
async function remove(client: Client, entry: (DatasetEntry | ModelEntry) | undefined): Promise<string | undefined> {
  if (!entry) return undefined;
  entry.deletion = 'asked';
  const answer = await ask(`${client.url}/v1/${entry.kind}/${entry.id}`, { method: 'DELETE' });
  if (answer.status === 204) entry.deletion = 'done';
  if (answer.status === 409) entry.deletion = 'none';
  if (answer.status === 404) client.tally.fault('losses', client.where, `${entry.name} is gone`);
  return codeOf(answer);
}

/** A model that was ready must answer as it did, or not at all. */
async function compare({ url, ledger, tally, where }: Client, action: Other): Promise<string | undefined> {
  const model = ledger.pick(ledger.models, action.pick, ({ fingerprint }) => fingerprint !== undefined);
  if (!model?.fingerprint) return undefined;
  const path = `${url}/v1/models/${model.id}`;
  const [answer, expected] =
    action.does === 'score'
      ? [await askScores(path, model.rows), model.fingerprint.logProb]
      : [await askSample(path), model.fingerprint.sample];
  if (answer.status === 200 && digestOf(answer) !== expected)
    tally.fault('losses', where, `${model.name}: another ${action.does} than before`);
  if (answer.status === 404 && model.deletion === 'none') tally.fault('losses', where, `${model.name} is gone`);
  return codeOf(answer);
}
