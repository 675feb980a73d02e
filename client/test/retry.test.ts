import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Pushforward, PushforwardError } from '../src/index.ts';
import { sendUntilAnswered } from '../src/retry.ts';
import { fakeService, json, later, unreachable } from './support/fake-service.ts';

const url = 'http://service.test/under';
const retry = { retries: 3, firstDelay: 1, longestDelay: 2 };
const page = json({ items: [], nextCursor: null });

const connect = (fetch: (request: Request) => Promise<Response>) =>
  new Pushforward({ url, apiKey: 'pf_key', fetch, retry });

describe('a request that may be sent twice', () => {
  test('is sent again after a failure of the network, and after "later"', async () => {
    const { fetch, received } = fakeService(unreachable, later('0'), later('0', 429), json({ id: 'a' }));
    assert.deepEqual(await connect(fetch).models.get('a b'), { id: 'a' });
    assert.deepEqual(
      received.map(({ method, path }) => `${method} ${path}`),
      Array(4).fill('GET /under/v1/models/a%20b'),
    );
    assert.equal(received[3].headers.get('authorization'), 'Bearer pf_key');
  });

  test('is not sent for ever: the last answer stands', async () => {
    const { fetch, received } = fakeService(later('0'), later('0'), later('0'), later('0', 429));
    await assert.rejects(connect(fetch).models.get('a'), { status: 429 });
    assert.equal(received.length, 4);
  });

  test('nor where the network stays away', async () => {
    const { fetch, received } = fakeService(unreachable, unreachable, unreachable, unreachable);
    const message = 'The service at http://service.test/under cannot be reached (ECONNREFUSED).';
    await assert.rejects(connect(fetch).models.get('a'), { code: 'unreachable', status: undefined, message });
    assert.equal(received.length, 4);
  });

  test('is not sent again after other errors, or where "later" is too late', async () => {
    for (const answer of [json({}, 404), json({}, 500), json({}, 409), later('61')]) {
      const { fetch, received } = fakeService(answer);
      await assert.rejects(connect(fetch).models.get('a'), PushforwardError);
      assert.equal(received.length, 1);
    }
  });
});

test('Retry-After is waited for, in seconds or until a date', async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
  try {
    for (const inFiveSeconds of [() => '5', () => new Date(Date.now() + 5000).toUTCString()]) {
      const said = inFiveSeconds();
      let sent = 0;
      const answers = [503, 200].map((status) => new Response(null, { status, headers: { 'retry-after': said } }));
      const answered = sendUntilAnswered(async () => answers[sent++], { policy: retry });
      await setImmediate();
      mock.timers.tick(4999);
      await setImmediate();
      assert.equal(sent, 1, said);
      mock.timers.tick(1);
      assert.equal((await answered).status, 200);
    }
  } finally {
    mock.timers.reset();
  }
});

test('a creation is sent again with its own Idempotency-Key, also while the first is being done', async () => {
  const { fetch, received } = fakeService(unreachable, later('0', 409), json({ id: 'm' }, 202), json({ id: 'n' }, 202));
  const { models } = connect(fetch);
  await models.train({ datasetId: 'd' });
  await models.train({ datasetId: 'd' });
  const keys = received.map(({ headers }) => headers.get('idempotency-key') ?? assert.fail('no key'));
  assert.deepEqual(new Set(keys.slice(0, 3)).size, 1);
  assert.notEqual(keys[3], keys[0]);
  assert.deepEqual(
    received.map(({ body }) => body),
    Array(4).fill('{"datasetId":"d"}'),
  );
});

test('what would be done twice is sent once', async () => {
  for (const ask of [
    ({ aliases }: Pushforward) => aliases.rollback('production'),
    ({ models }: Pushforward) => models.cancel('m'),
  ]) {
    const { fetch, received } = fakeService(unreachable);
    await assert.rejects(ask(connect(fetch)), { code: 'unreachable' });
    assert.equal(received.length, 1);
  }
});

test('rows that can be read again are sent again; a stream is not', async () => {
  const lines = ['x\n', '1\n'];
  async function* bytes() {
    yield* lines;
  }
  for (const source of [() => bytes(), new Blob(lines, { type: 'text/csv' })]) {
    const { fetch, received } = fakeService(later('0'), json({ id: 'd' }, 201));
    assert.deepEqual(await connect(fetch).datasets.upload(source, { name: 'a & b' }), { id: 'd' });
    for (const { path, headers, body } of received)
      assert.deepEqual(
        [path, headers.get('content-type'), body],
        ['/under/v1/datasets?name=a+%26+b', 'text/csv', 'x\n1\n'],
      );
  }
  const { fetch, received } = fakeService(later('0'));
  await assert.rejects(connect(fetch).datasets.upload(bytes()), { status: 503 });
  assert.equal(received.length, 1);
});

describe('an AbortSignal', () => {
  test('ends the waiting for a retry', async () => {
    const controller = new AbortController();
    const { fetch, received } = fakeService(later('50'));
    const asked = connect(fetch).models.get('a', { signal: controller.signal });
    await setImmediate();
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(asked, reason);
    assert.equal(received.length, 1);
  });

  test('that has aborted sends nothing, whatever is asked', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    // As the global fetch, which looks at it first.
    const fetch = async (request: Request) => {
      request.signal.throwIfAborted();
      return assert.fail('it was sent');
    };
    const { aliases, datasets, jobs, models, sweeps } = connect(fetch);
    for (const ask of [
      () => models.train({ datasetId: 'd' }, { signal }),
      () => models.watch('m', { signal }).next(),
      () => models.wait('m', { signal }),
      () => models.sample('m', { signal }),
      () => models.logProb('m', [[1]], { signal }),
      () => datasets.upload([[1]], { signal }),
      () => datasets.rows('d', { signal }),
      () => datasets.list({ signal }).next(),
      () => jobs.wait('j', { signal }),
      () => sweeps.wait('s', { signal }),
      () => aliases.set('a', 'm', { signal }),
    ])
      await assert.rejects(ask(), { message: 'enough' }, String(ask));
  });
});

describe('errors', () => {
  test('are what the problem document says', async () => {
    const errors = [{ path: '/flow/layers/0/hiden', message: 'Unknown key "hiden"' }];
    const problem = {
      type: 'about:blank',
      title: 'Bad Request',
      instance: '/1',
      code: 'invalid-spec',
      detail: 'No.',
      errors,
    };
    const { fetch } = fakeService(json({ ...problem, status: 400 }, 400));
    await assert.rejects(connect(fetch).models.train({ datasetId: 'd' }), (thrown) => {
      assert.ok(thrown instanceof PushforwardError);
      assert.deepEqual([thrown.status, thrown.code, thrown.detail], [400, 'invalid-spec', 'No.']);
      assert.deepEqual(thrown.errors, errors);
      return true;
    });
  });

  test('of what is no Pushforward say so', async () => {
    const html = (status: number) => () => new Response('<html>', { status });
    await assert.rejects(connect(fakeService(html(502)).fetch).models.get('a'), { status: 502, code: 'http-502' });
    await assert.rejects(connect(fakeService(html(200)).fetch).models.get('a'), { code: 'unexpected-answer' });
  });

  test('of the address come at once', () => {
    for (const wrong of ['localhost:3000', 'nothing', 'ftp://a'])
      assert.throws(() => new Pushforward({ url: wrong }), TypeError);
  });
});

test('lists ask for page after page, as they are read', async () => {
  const { fetch, received } = fakeService(json({ items: [{ id: 1 }], nextCursor: 'c' }), page);
  const ids: unknown[] = [];
  for await (const { id } of connect(fetch).models.list({ name: 'waves' })) ids.push(id);
  assert.deepEqual(ids, [1]);
  assert.deepEqual(
    received.map(({ path }) => path),
    ['/under/v1/models?limit=200&name=waves', '/under/v1/models?limit=200&name=waves&cursor=c'],
  );
});
