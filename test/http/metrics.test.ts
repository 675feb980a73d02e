import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  holdScores,
  queuedModel,
  readyModel,
  startTestApp,
  type TestApp,
  trainingModel,
  uploadCsv,
} from '../support/app.ts';

let service: TestApp;
before(async () => {
  service = await startTestApp({
    stats: { waiting: 3, running: 2, models: 5, artefactBytes: 7000, hits: 40, misses: 6 },
    services: { trainer: { stats: () => ({ training: 1, rows: 12_800 }) } },
  });
});
after(() => service[Symbol.asyncDispose]());

/** The value of each series. */
type Series = ReadonlyMap<string, number>;

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: string[];
}

/** Reads the text format, and fails where a line is not of it or a family comes twice. */
function parse(text: string): { series: Series; families: Map<string, Family> } {
  const series = new Map<string, number>();
  const families = new Map<string, Family>();
  let current: Family | undefined;
  let help = '';
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const [, kind, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === 'HELP') help = rest;
    else if (kind === 'TYPE') {
      assert.ok(!families.has(name), `${name} comes twice`);
      current = { name, type: rest, help, samples: [] };
      families.set(name, current);
    } else {
      const [, key, value] = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)$/.exec(line) ?? assert.fail(line);
      assert.ok(!series.has(key), `${key} comes twice`);
      series.set(key, Number(value));
      current?.samples.push(key);
    }
  }
  return { series, families };
}

async function scrape({ request }: Pick<TestApp, 'request'> = service): Promise<Series> {
  return parse((await request.get('/metrics').expect(200)).text).series;
}

/** A request is counted when its connection is done with it, which may be after the client has its answer. */
async function until(holds: (series: Series) => boolean): Promise<Series> {
  for (let tries = 0; ; tries++) {
    const series = await scrape();
    if (holds(series)) return series;
    if (tries === 100) assert.fail([...series].filter(([key]) => key.startsWith('http_requests')).join('\n'));
    await sleep(20);
  }
}

const requests = (method: string, route: string, status: number) =>
  `http_requests_total{method="${method}",route="${route}",status_code="${status}"}`;

test('requests are counted and timed by method, pattern of the route, and status', async () => {
  const earlier = await scrape();
  const id = await readyModel(service);
  for (const row of [1, 2, 3]) await service.request.post(`/v1/models/${id}/log-prob`).send({ rows: [[row, 0]] });
  await service.request.post(`/v1/models/${id}/log-prob`).send({ rows: 1 }).expect(400);
  await service.request.get(`/v1/models/${id}`).expect(200);
  await service.request.get('/v1/models/01890a5d-ac96-774b-bcce-b302099a8057').expect(404);
  await service.request.get(`/v2/models/${id}`).expect(200);
  const expected = {
    [requests('POST', '/v1/datasets', 201)]: 1,
    [requests('POST', '/v1/models/:id/log-prob', 200)]: 3,
    [requests('POST', '/v1/models/:id/log-prob', 400)]: 1,
    [requests('GET', '/v1/models/:id', 200)]: 1,
    [requests('GET', '/v1/models/:id', 404)]: 1,
    [requests('GET', '/v2/models/:id', 200)]: 1,
    'http_request_duration_seconds_count{method="POST",route="/v1/models/:id/log-prob"}': 4,
    'http_request_duration_seconds_bucket{le="+Inf",method="POST",route="/v1/models/:id/log-prob"}': 4,
  };
  const grown = (series: Series, key: string) => (series.get(key) ?? 0) - (earlier.get(key) ?? 0);
  const later = await until((series) => Object.entries(expected).every(([key, by]) => grown(series, key) >= by));
  for (const [key, by] of Object.entries(expected)) assert.equal(grown(later, key), by, key);
  const sum = later.get('http_request_duration_seconds_sum{method="POST",route="/v1/models/:id/log-prob"}');
  assert.ok(sum !== undefined && sum > 0 && sum < 60, `${sum}`);
  assert.ok(![...later.keys()].some((key) => key.includes(id)), 'an id is a label');
});

test('paths that are no route, however many, are one series', async () => {
  const earlier = await scrape();
  for (let index = 0; index < 30; index++)
    await service.request.get(`/${['v1', 'v2', 'wp'][index % 3]}/made-up-${index}?x=${index}`).expect(404);
  const key = requests('GET', 'unmatched', 404);
  const later = await until((series) => (series.get(key) ?? 0) >= (earlier.get(key) ?? 0) + 30);
  assert.ok(![...later.keys()].some((each) => each.includes('made-up')));
  const ofGet = [...later.keys()].filter((each) => each.startsWith('http_requests_total{method="GET"'));
  assert.equal(ofGet.filter((each) => each.includes('status_code="404"') && each.includes('unmatched')).length, 1);
});

test('a request whose connection closes before its answer is counted as 499', async () => {
  const { begun, released, held } = holdScores();
  await using slow = await startTestApp({
    serve: held,
  });
  const id = await readyModel(slow);
  const address = await slow.app.listen({ port: 0 });
  const gone = new AbortController();
  const options = { method: 'POST', headers: { 'content-type': 'application/json' }, signal: gone.signal };
  const answer = fetch(`${address}/v1/models/${id}/log-prob`, { ...options, body: '{"rows":[[0,0]]}' });
  await begun.promise;
  gone.abort();
  await assert.rejects(answer);
  const key = requests('POST', '/v1/models/:id/log-prob', 499);
  for (let tries = 0; (await scrape(slow)).get(key) !== 1; tries++) {
    assert.ok(tries < 100);
    await sleep(20);
  }
  released.resolve();
});

test('the queue, models, training and serving are told', async () => {
  const before = await scrape();
  const of = (series: Series, key: string) => series.get(key) ?? assert.fail(`There is no ${key}`);
  const { id } = await queuedModel(service);
  await service.store.prisma.$executeRaw`
    UPDATE models SET created_at = now() - interval '90 seconds' WHERE id = ${id}::uuid`;
  const { id: trained, attempt } = await trainingModel(service);
  await service.store.models.recordProgress(trained, attempt, { step: 1, rowsPerSecond: 2500 });
  const datasetId = await uploadCsv(service);
  await service.request.post('/v1/models').send({ datasetId, flow: 'nice' }).expect(202);
  const series = await scrape();
  const grown = (key: string) => of(series, key) - of(before, key);
  assert.equal(grown('pushforward_models{status="queued"}'), 2);
  assert.equal(grown('pushforward_models{status="training"}'), 1);
  assert.equal(grown('pushforward_queue_jobs{state="waiting"}'), 1);
  assert.equal(grown('pushforward_queue_jobs{state="active"}'), 0);
  const counted = [...series].filter(([key]) => key.startsWith('pushforward_waiting_trainings{'));
  assert.equal(
    counted.reduce((sum, [, count]) => sum + count, 0),
    of(series, 'pushforward_queue_jobs{state="waiting"}'),
  );
  // No process says that it is there: what waits waits for one.
  assert.equal(
    of(series, 'pushforward_trainings_beyond_all_workers'),
    of(series, 'pushforward_queue_jobs{state="waiting"}'),
  );
  assert.equal(of(series, 'pushforward_processes{role="worker"}'), 0);
  assert.equal(of(series, 'pushforward_training_slots'), 0);
  assert.equal(grown('pushforward_training_rows_per_second'), 2500);
  const age = of(series, 'pushforward_oldest_queued_model_age_seconds');
  assert.ok(age >= 90 && age < 200, `${age}`);
  assert.equal(of(series, 'pushforward_training_rows_total'), 12_800);
  assert.equal(of(series, 'pushforward_models_in_training'), 1);
  assert.equal(of(series, 'pushforward_inference_runs{state="waiting"}'), 3);
  assert.equal(of(series, 'pushforward_inference_runs{state="running"}'), 2);
  assert.equal(of(series, 'pushforward_cached_models'), 5);
  assert.equal(of(series, 'pushforward_cached_models_bytes'), 7000);
  assert.equal(of(series, 'pushforward_model_lookups_total{result="hit"}'), 40);
  assert.equal(of(series, 'pushforward_model_lookups_total{result="miss"}'), 6);
  const answer = of(series, 'pushforward_database_answer_seconds');
  assert.ok(answer > 0 && answer < 2, `${answer}`);
  assert.ok(series.has('nodejs_eventloop_lag_p99_seconds') && series.has('pushforward_database_waiting_queries'));
});

test('the database pool and the process are told', async () => {
  const series = await scrape();
  assert.equal(series.get('pushforward_database_up'), 1);
  const connections = ['busy', 'idle'].map((state) => series.get(`pushforward_database_connections{state="${state}"}`));
  assert.ok((connections[0] ?? -1) >= 0 && (connections[1] ?? -1) >= 1, connections.join());
  assert.equal(series.get('pushforward_database_waiting_queries'), 0);
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'])
    assert.ok((series.get(name) ?? 0) > 0, name);
});

test('without a database the rest is told, and soon', async () => {
  const down = async () => Promise.reject(new Error('connect ECONNREFUSED'));
  const models = Object.assign(Object.create(service.store.models), { stats: down });
  await using broken = await startTestApp({ services: { store: { ...service.store, models } } });
  const series = await scrape(broken);
  assert.equal(series.get('pushforward_database_up'), 0);
  assert.ok(!series.has('pushforward_models{status="queued"}'), 'a figure that nobody knows');
  assert.ok(series.has('pushforward_cached_models') && series.has('process_resident_memory_bytes'));
  assert.ok(!series.has('pushforward_training_rows_total'), 'this process does not train');
});

test('requests that are turned away are counted by why, and a service that is not ready turns nobody away', async () => {
  const { begun, released, held } = holdScores();
  const stopped = { isRunning: () => false, stats: service.queue.stats.bind(service.queue) };
  const queue = Object.assign(Object.create(service.queue), stopped);
  await using busy = await startTestApp({ serve: held, limits: { maxInferenceRequests: 1 }, services: { queue } });
  const id = await readyModel(busy);
  const score = (protocol: string, body: object) => busy.request.post(protocol).send(body);
  const held1 = score(`/v1/models/${id}/log-prob`, { rows: [[0, 0]] }).then(({ status }) => status);
  await begun.promise;
  await score(`/v1/models/${id}/log-prob`, { rows: [[0, 0]] }).expect(503);
  await busy.request.get(`/v1/models/${id}/sample?n=1`).expect(503);
  await busy.request.get('/readyz').expect(503);
  await busy.request.get('/v1/models/none').expect(404);
  released.resolve();
  assert.equal(await held1, 200);
  const refused = [...(await scrape(busy))].filter(([key]) => key.startsWith('pushforward_refused'));
  assert.deepEqual(refused, [['pushforward_refused_requests_total{code="overloaded"}', 2]]);
});

test('a database that hangs holds up neither metrics nor readiness, and is asked once', async () => {
  let asked = 0;
  const hang = () => {
    asked++;
    return new Promise<never>(() => {});
  };
  const models = Object.assign(Object.create(service.store.models), { stats: hang });
  await using hung = await startTestApp({ services: { store: { ...service.store, models, ping: hang } } });
  const [first, second] = await Promise.all([scrape(hung), scrape(hung)]);
  assert.deepEqual(
    [first, second].map((series) => series.get('pushforward_database_up')),
    [0, 0],
  );
  assert.equal(asked, 1);
  const { body } = await hung.request.get('/readyz').expect(503);
  assert.deepEqual(body.errors, [{ path: '/database', message: 'The database cannot be reached.' }]);
  assert.equal(asked, 2);
});

test('every app has figures of its own', async () => {
  await using other = await startTestApp();
  const series = await scrape(other);
  assert.deepEqual(
    [...series.keys()].filter((key) => key.startsWith('http_requests_total')),
    [],
  );
});

test('names, units and help are as Prometheus has them', async () => {
  await service.request.get('/healthz').expect(200);
  const { headers, text } = await service.request.get('/metrics').expect(200);
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const { families } = parse(text);
  assert.ok(families.size > 30);
  for (const { name, type, help, samples } of families.values()) {
    assert.match(name, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, name);
    assert.ok(help.length > 10 && help.length < 200, `${name}: ${help}`);
    // The library's own names of the process are those that dashboards know.
    if (!/^(pushforward|http)_/.test(name)) continue;
    assert.equal(type === 'counter', name.endsWith('_total'), `${name} is a ${type}`);
    assert.doesNotMatch(name, /(_|^)(milliseconds?|ms|minutes?|hours?|kilobytes?|megabytes?|kb|mb|percent)(_|$)/, name);
    assert.doesNotMatch(name, /_(count|sum|bucket|gauge|counter|histogram)$/, name);
    // Why requests are refused is not known before one is.
    assert.ok(samples.length > 0 || name === 'pushforward_refused_requests_total', `${name} has no sample`);
    for (const sample of samples)
      assert.ok(sample === name || sample.startsWith(`${name}{`) || type === 'histogram', `${sample} of ${name}`);
  }
  const durations = families.get('http_request_duration_seconds');
  assert.equal(durations?.type, 'histogram');
});

test('with keys a scrape needs one, as a bearer token', async () => {
  const apiKeys = ['a key of some length'];
  await using guarded = await startTestApp({ apiKeys });
  const { body, headers } = await guarded.request.get('/metrics').expect(401);
  assert.equal(body.code, 'unauthorized');
  assert.equal(headers['www-authenticate'], 'Bearer');
  await guarded.request.get('/metrics').set('authorization', `Bearer ${apiKeys[0]}`).expect(200);
});
