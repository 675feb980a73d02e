import { setTimeout as sleep } from 'node:timers/promises';
import type { Static } from 'typebox';
import { isFinal } from '../../src/http/answers/model-event-stream.ts';
import type { modelSchema } from '../../src/http/schemas/model.ts';
import { keptProgressEvents } from '../../src/store/model-events.ts';
import type { Client } from './actions.ts';
import { ask, json } from './ask.ts';
import { insist } from './checks.ts';
import type { Deployment } from './deployment.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { isThere, type ModelEntry } from './ledger.ts';

type Model = Static<typeof modelSchema>;
type Found = ModelEntry & { id: string };

/** How long nothing may happen to a model that has not ended, once all programs run again. */
const silenceSeconds = 120;
/** How long it may take until interrupted training goes on. */
const resumeSeconds = 30;

/** Waits until every model has ended, and holds how it did against what was asked for. */
export async function checkEnds(client: Client, deployment: Deployment, restoredAt: number): Promise<void> {
  const open = client.ledger.models.filter(isThere).filter(({ ended }) => ended === undefined);
  for (const entry of open) {
    const model = await ended(client, entry);
    if (model) await checkEnd(client, deployment, { entry, model, restoredAt });
  }
  await checkJobs(client, deployment);
}

async function ended(client: Client, entry: Found): Promise<Model | undefined> {
  let heard = Date.now();
  for (let last = ''; ; await sleep(200)) {
    const answer = await insist(client, entry.name, () => ask(`${client.url}/v1/models/${entry.id}`));
    const model = json<Model>(answer);
    if (answer.status === 200 && isFinal(model.status)) return model;
    const text = answer.bytes.toString();
    if (text !== last) heard = Date.now();
    last = text;
    if (Date.now() - heard > 1000 * silenceSeconds) {
      const { status, flow, progress } = model;
      const state = JSON.stringify({ answer: answer.status, status, flow, progress });
      client.tally.fault('stuck', client.where, `${entry.name} for ${silenceSeconds} s: ${entry.id} ${state}`);
      return undefined;
    }
  }
}

interface End {
  readonly entry: Found;
  readonly model: Model;
  readonly restoredAt: number;
}

async function checkEnd(client: Client, deployment: Deployment, { entry, model, restoredAt }: End): Promise<void> {
  const { tally, where } = client;
  entry.ended = model.status;
  tally.add(`models ${model.status}`);
  if (model.status === 'failed')
    tally.fault('stuck', where, `${entry.name} failed: ${model.error?.code}: ${model.error?.message}`);
  if (model.status === 'cancelled' && !entry.cancelled) tally.add('models cancelled by requests without an answer');
  const attempts = await checkEvents(client, deployment, entry, model);
  if (attempts < 2 || model.startedAt === undefined) return;
  const seconds = (Date.parse(model.startedAt) - restoredAt) / 1000;
  // It can be before, where what was killed was not needed to go on.
  tally.recovered('training', Math.max(0, seconds));
  if (seconds > resumeSeconds) tally.fault('stuck', where, `${entry.name} went on after ${seconds} s`);
}

/** The stream of a model that has ended; how often its training was started. */
async function checkEvents(client: Client, deployment: Deployment, entry: Found, { status }: Model): Promise<number> {
  const { url, tally, where } = client;
  const answer = await insist(client, `events of ${entry.name}`, () => ask(`${url}/v1/models/${entry.id}/events`));
  const events = [...answer.bytes.toString().matchAll(/^id: (\d+)\nevent: (\w+)\ndata: (.*)$/gm)];
  const ids = events.map(([, id]) => Number(id));
  const statuses = events.flatMap(([, , type, data]) => (type === 'status' ? [JSON.parse(data).status] : []));
  const attempts = statuses.filter((name) => name === 'training').length;
  const ends = statuses.filter(isFinal);
  if (ends.length !== 1 || ends[0] !== status || statuses.at(-1) !== status || statuses[0] !== 'queued')
    tally.fault('duplicates', where, `${entry.name} is ${status}, its events say ${statuses}`);
  const complete = ids.length < keptProgressEvents;
  if (ids.some((id, index) => (complete ? id !== index + 1 : index > 0 && id <= ids[index - 1])))
    tally.fault('duplicates', where, `${entry.name} has events ${ids}`);
  const [counted] = await deployment.query<{ attempt: number }>(`SELECT attempt FROM models WHERE id = '${entry.id}'`);
  if (counted.attempt !== attempts)
    tally.fault('duplicates', where, `${entry.name} was started ${counted.attempt} times, its events say ${attempts}`);
  return attempts;
}

/** With no model left to train, no job may be left either; one whose process was killed is found soon. */
async function checkJobs({ tally, where }: Client, deployment: Deployment): Promise<void> {
  const sql = `SELECT count(*)::int FROM pgboss.job WHERE name = 'training' AND state IN ('created', 'retry', 'active')`;
  for (const deadline = Date.now() + 1000 * resumeSeconds; ; await sleep(300)) {
    const [{ count }] = await deployment.query<{ count: number }>(sql);
    if (count === 0) return;
    if (Date.now() > deadline) return tally.fault('stuck', where, `${count} jobs are left with no model to train`);
  }
}

/** Every model that was once ready must be so, and the same to the bit. */
export async function checkReady(client: Client): Promise<void> {
  const { url, ledger, tally, where } = client;
  for (const entry of ledger.models.filter(isThere).filter(({ ended }) => ended === 'ready')) {
    const path = `${url}/v1/models/${entry.id}`;
    const found = await fingerprintOf(path, entry.rows, (request) => insist(client, entry.name, request));
    const expected: Fingerprint = entry.fingerprint ?? found;
    for (const part of ['onnx', 'logProb', 'sample'] as const)
      if (found[part] !== expected[part]) tally.fault('losses', where, `${entry.name}: another ${part} than before`);
    entry.fingerprint = found;
  }
}
