import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ModelEvent, watchModel } from '../src/events.ts';
import { Transport } from '../src/transport.ts';
import { fakeService, json, unreachable } from './support/fake-service.ts';

const policy = { retries: 3, firstDelay: 1, longestDelay: 1 };

const event = (id: number, type: string, data: object) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const queued = event(1, 'status', { status: 'queued' });
const training = event(2, 'status', { status: 'training' });
const progress = event(3, 'progress', { step: 10 });
const ready = event(4, 'status', { status: 'ready' });

/** An answer of these pieces, after which the connection ends, or breaks. */
const events = (pieces: readonly string[], { breaks = false } = {}) => {
  return () => {
    const rest = pieces.map((piece) => new TextEncoder().encode(piece));
    const body = new ReadableStream({
      pull(controller) {
        const piece = rest.shift();
        if (piece) controller.enqueue(piece);
        else if (breaks) controller.error(new TypeError('terminated'));
        else controller.close();
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
};
const noMore = () => new Response(null, { status: 204 });

async function watched(fetch: (request: Request) => Promise<Response>, options = {}): Promise<ModelEvent[]> {
  const seen: ModelEvent[] = [];
  const transport = new Transport({ url: 'http://service.test', fetch });
  for await (const each of watchModel(transport, 'm', options, policy)) seen.push(each);
  return seen;
}

const ids = (seen: readonly ModelEvent[]) => seen.map(({ id }) => id);

test('a connection that breaks goes on after the last whole event', async () => {
  const halfWay = progress.slice(0, 12);
  const { fetch, received } = fakeService(
    events([queued, training, ': still here\n\n', halfWay], { breaks: true }),
    unreachable,
    json({}, 502),
    events([progress.slice(0, 5), progress.slice(5)]),
    events([ready]),
  );
  const seen = await watched(fetch);
  assert.deepEqual(ids(seen), ['1', '2', '3', '4']);
  assert.deepEqual(seen[2], { id: '3', type: 'progress', data: { step: 10 } });
  assert.deepEqual(
    received.map(({ headers }) => headers.get('last-event-id')),
    [null, '2', '2', '2', '3'],
  );
});

test('it ends with the training, or where there is no more to come', async () => {
  assert.deepEqual(ids(await watched(fakeService(events([queued, ready, progress])).fetch)), ['1', '4']);
  assert.deepEqual(ids(await watched(fakeService(events([queued]), noMore).fetch)), ['1']);
});

test('it begins where it is told to', async () => {
  const { fetch, received } = fakeService(events([ready]));
  await watched(fetch, { lastEventId: '3' });
  assert.equal(received[0].headers.get('last-event-id'), '3');
});

test('what the service refuses is thrown', async () => {
  const { fetch, received } = fakeService(events([queued]), json({ code: 'not-found', detail: 'There is none.' }, 404));
  await assert.rejects(watched(fetch), { status: 404, code: 'not-found' });
  assert.equal(received.length, 2);
});

test('it gives up on a service that stays away, or says nothing', async () => {
  const away = fakeService(unreachable, unreachable, unreachable, unreachable);
  await assert.rejects(watched(away.fetch), { code: 'unreachable' });
  const silent = fakeService(events([]), events([]), events([]), events([]));
  await assert.rejects(watched(silent.fetch), { code: 'connection-lost' });
});

test('whoever stops to listen ends the connection', async () => {
  let isCancelled = false;
  const fetch = async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(queued)),
      cancel: () => {
        isCancelled = true;
      },
    });
    return new Response(body);
  };
  for await (const { id } of watchModel(new Transport({ url: 'http://service.test', fetch }), 'm', {}, policy)) {
    assert.equal(id, '1');
    break;
  }
  assert.ok(isCancelled);
});
