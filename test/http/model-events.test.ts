import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { followModel } from '../../src/http/answers/model-event-stream.ts';
import { queuedModel, readyModel, startTestApp, type TestApp, trainingModel } from '../support/app.ts';

let service: TestApp;
let origin: string;
before(async () => {
  service = await startTestApp();
  origin = await service.app.listen({ port: 0 });
});
after(() => service[Symbol.asyncDispose]());

interface Event {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** The events of a stream, as a browser would see them. */
async function* eventsOf(response: Response): AsyncGenerator<Event> {
  let text = '';
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id, event, data] = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block) ?? assert.fail(block);
      yield { id, event, data: JSON.parse(data) };
    }
  }
  assert.equal(text, '');
}

const follow = (id: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${origin}/v1/models/${id}/events`, { headers, ...(signal && { signal }) });

test('the events arrive as they happen, and end with the training', async () => {
  const { id } = await queuedModel(service);
  const response = await follow(id);
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const events = eventsOf(response);
  assert.deepEqual((await events.next()).value, { id: '1', event: 'status', data: { status: 'queued' } });
  const started = (await service.store.models.startAttempt(id)) ?? assert.fail();
  assert.equal((await events.next()).value.data.status, 'training');
  await service.store.models.recordProgress(id, started.attempt, { step: 5 });
  assert.deepEqual((await events.next()).value, { id: '3', event: 'progress', data: { step: 5 } });
  await service.store.models.fail(id, started.attempt, { code: 'c', message: 'm' });
  const last = (await events.next()).value;
  assert.deepEqual([last.event, last.data.status], ['status', 'failed']);
  assert.equal((await events.next()).done, true);
});

test('events are replayed from Last-Event-ID, and after the last there is nothing to ask for', async () => {
  const id = await readyModel(service);
  const all: Event[] = [];
  for await (const event of eventsOf(await follow(id))) all.push(event);
  assert.deepEqual(
    all.map(({ data }) => data),
    [{ status: 'queued' }, { status: 'training' }, { status: 'ready' }],
  );
  const rest = [];
  for await (const event of eventsOf(await follow(id, { 'last-event-id': '1' }))) rest.push(event);
  assert.deepEqual(rest, all.slice(1));
  const lastId = all.at(-1)?.id ?? assert.fail();
  assert.equal((await follow(id, { 'last-event-id': lastId })).status, 204);
});

test('a Last-Event-ID that is no event is refused', async () => {
  const response = await follow(await readyModel(service), { 'last-event-id': 'x' });
  assert.equal(response.status, 400);
  assert.partialDeepStrictEqual(await response.json(), { errors: [{ path: '/last-event-id' }] });
});

test('a client that goes away is no longer read for', async () => {
  const { id } = await trainingModel(service);
  const { models, news } = service.store;
  let reads = 0;
  const counted = {
    events: (...parameters: Parameters<typeof models.events>) => {
      reads++;
      return models.events(...parameters);
    },
  };
  const signal = new AbortController().signal;
  const stream = followModel({ models: counted, news }, id, { after: 0, signal });
  await stream.next();
  await stream.next();
  assert.equal(reads, 1, 'events that were read together are given one by one');
  await stream.return(undefined);
  assert.equal((await stream.next()).done, true);
  assert.equal(reads, 1);
});

test('closing the service ends the streams', async () => {
  await using other = await startTestApp();
  const otherOrigin = await other.app.listen({ port: 0 });
  const { id } = await trainingModel(other);
  const response = await fetch(`${otherOrigin}/v1/models/${id}/events`);
  const events = eventsOf(response);
  await events.next();
  const closed = other.app.close();
  let next = await events.next();
  while (!next.done) next = await events.next();
  await closed;
  assert.equal(other.app.server.listening, false);
});
