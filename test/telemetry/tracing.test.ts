import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Collector, startCollector } from '../support/collector.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/postgres.ts';
import { askForModel, call, postJson, type ServiceProcess, startProcess, waitFor } from '../support/service.ts';

let collector: Collector;
let data: TemporaryDirectory;
let service: ServiceProcess;
const tracing = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '50' });
before(async () => {
  collector = await startCollector();
  data = await temporaryDirectory();
  service = await startProcess({
    ...tracing(),
    DATA_DIR: data.path,
    OTEL_SERVICE_NAME: 'densities',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=someone',
  });
});
after(async () => {
  await service[Symbol.asyncDispose]();
  await data[Symbol.asyncDispose]();
  await collector[Symbol.asyncDispose]();
});

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';
const traced = (id: string, flags = '01') => ({ headers: { traceparent: `00-${id}-${callerSpan}-${flags}` } });
const otherTrace = (digit: string) => digit.repeat(32);

const route = (name: string) => (span: { name: string }) => span.name === name;
const lines = ({ log }: ServiceProcess) => log.map((line): Record<string, unknown> => JSON.parse(line));

test('a request is a span of the trace that its caller names, by the pattern of its route', async () => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057';
  const { status } = await call(`${service.url}/v1/models/${id}`, traced(traceId));
  assert.equal(status, 404);
  const span = await collector.span((each) => each.traceId === traceId);
  assert.equal(span.name, 'GET /v1/models/:id');
  assert.deepEqual([span.parentSpanId, span.kind], [callerSpan, 2]);
  assert.partialDeepStrictEqual(span.attributes, {
    'http.request.method': 'GET',
    'http.route': '/v1/models/:id',
    'http.response.status_code': 404,
    'url.path': `/v1/models/${id}`,
  });
  assert.notEqual(span.status.code, 2, 'a model that is not there is no error of the service');
  assert.partialDeepStrictEqual(span.resource, {
    'service.name': 'densities',
    'deployment.environment.name': 'test',
  });
  assert.ok(collector.received.some((text) => text.includes('"x-tenant":"someone"')));
});

test('a training belongs to the trace of the request that asked for it, and its log to that of the request', async () => {
  const model = await askForModel(service.url, { steps: 50 }, { rows: 300 });
  await waitFor(service.url, model, ['ready']);
  const training = await collector.span(
    ({ name, attributes }) => name === 'train' && attributes['pushforward.model.id'] === model,
  );
  const asked = await collector.span(route('POST /v1/models'));
  assert.deepEqual([training.traceId, training.parentSpanId], [asked.traceId, asked.spanId]);
  assert.partialDeepStrictEqual(training.attributes, {
    'pushforward.attempt': 1,
    'pushforward.rows': 300,
    'pushforward.columns': 2,
    'pushforward.flow': 'coupling, permutation',
    'pushforward.outcome': 'ready',
  });

  const queued = lines(service).find(({ msg, modelId }) => msg === 'model queued' && modelId === model);
  assert.equal(queued?.reqId, asked.attributes['pushforward.request.id']);
  assert.equal(queued?.traceId, asked.traceId);
  const { reqId } = queued ?? {};
  const ofTraining = lines(service).filter(({ modelId, attempt }) => modelId === model && attempt !== undefined);
  assert.deepEqual(
    ofTraining.map(({ msg }) => msg),
    ['training started', 'training ended'],
  );
  for (const line of ofTraining) assert.partialDeepStrictEqual(line, { reqId, attempt: 1, traceId: asked.traceId });
  assert.partialDeepStrictEqual(ofTraining[1], { outcome: 'ready' });
  assert.equal(typeof ofTraining[1].seconds, 'number');

  await postJson(`${service.url}/v1/models/${model}/log-prob`, {
    rows: [
      [0, 0],
      [1, 1],
    ],
  });
  const scoring = await collector.span(route('log-prob'));
  const request = await collector.span(route('POST /v1/models/:id/log-prob'));
  assert.deepEqual([scoring.traceId, scoring.parentSpanId], [request.traceId, request.spanId]);
  assert.equal(scoring.attributes['pushforward.rows'], 2);
  await call(`${service.url}/v1/models/${model}/sample?n=7`);
  const sampling = await collector.span(route('sample'));
  const drawn = await collector.span(route('GET /v1/models/:id/sample'));
  assert.deepEqual([sampling.parentSpanId, sampling.attributes['pushforward.rows']], [drawn.spanId, 7]);

  // Rows that are streamed: what is drawn long after the answer began is the request's still.
  const n = 200_000;
  const streamed = await fetch(`${service.url}/v1/models/${model}/sample?n=${n}&format=csv`, traced(otherTrace('f')));
  assert.equal((await streamed.text()).trim().split('\n').length, n + 1);
  const blocks = () => collector.spans.filter((span) => span.name === 'sample' && span.traceId === otherTrace('f'));
  const rows = () => blocks().reduce((total, { attributes }) => total + Number(attributes['pushforward.rows']), 0);
  await collector.span(() => rows() >= n);
  assert.ok(blocks().length > 1);
});

test('probes leave no span, and what a caller does not want recorded is not', async () => {
  for (const path of ['healthz', 'readyz', 'metrics']) await fetch(`${service.url}/${path}`, traced(otherTrace('a')));
  await call(`${service.url}/v1/models`, traced(otherTrace('b'), '00'));
  await call(`${service.url}/v1/models`, traced(otherTrace('c')));
  await collector.span((span) => span.traceId === otherTrace('c'));
  const found = new Set(collector.spans.map((span) => span.traceId));
  assert.deepEqual([found.has(otherTrace('a')), found.has(otherTrace('b'))], [false, false]);
});

test('neither credentials nor what users send is in a span', async () => {
  const secret = 'hunter2';
  const { status, body } = await call(`${service.url}/v1/datasets?name=${secret}`, {
    method: 'POST',
    headers: { ...traced(otherTrace('d')).headers, 'content-type': 'text/csv', authorization: `Bearer ${secret}` },
    body: `x\n${Array.from({ length: 30 }, (_, row) => `${row}\n`).join('')}${secret}\n`,
  });
  assert.equal(status, 422);
  assert.match(JSON.stringify(body), /hunter2/, 'the caller is told');
  const { name, status: outcome } = await collector.span((span) => span.traceId === otherTrace('d'));
  assert.deepEqual([name, outcome.message], ['POST /v1/datasets', undefined]);
  assert.ok(!collector.received.some((text) => text.includes(secret)));
});

test('a training that a killed process left stays in its trace and its log', async () => {
  await using elsewhere = await temporaryDirectory();
  const environment = { ...tracing(), DATA_DIR: elsewhere.path };
  await using first = await startProcess(environment);
  const model = await askForModel(first.url, { steps: 20_000, patience: 20_000, budgetSeconds: 3 });
  await waitFor(first.url, model, ['training']);
  const asked = await collector.span(
    ({ name, resource }) => name === 'POST /v1/models' && resource['service.name'] === 'pushforward',
  );
  assert.equal(await first.stop('SIGKILL'), 'SIGKILL');
  await using second = await startProcess(environment);
  await waitFor(second.url, model, ['ready']);
  const training = await collector.span(
    ({ name, attributes }) => name === 'train' && attributes['pushforward.model.id'] === model,
  );
  assert.deepEqual([training.traceId, training.attributes['pushforward.attempt']], [asked.traceId, 2]);
  const ofTraining = lines(second).filter(({ modelId }) => modelId === model);
  const reqId = asked.attributes['pushforward.request.id'];
  assert.ok(ofTraining.length >= 2);
  for (const line of ofTraining) assert.partialDeepStrictEqual(line, { reqId, attempt: 2, traceId: asked.traceId });
  assert.equal(await second.stop('SIGTERM'), 0);
});

test('a shutdown sends what was not sent yet', async () => {
  await using elsewhere = await temporaryDirectory();
  await using stopped = await startProcess({
    ...tracing(),
    DATA_DIR: elsewhere.path,
    OTEL_BSP_SCHEDULE_DELAY: '600000',
  });
  await call(`${stopped.url}/v1/models`, traced(otherTrace('e')));
  const sent = () => collector.spans.some((span) => span.traceId === otherTrace('e'));
  assert.equal(sent(), false);
  assert.equal(await stopped.stop('SIGTERM'), 0);
  assert.equal(sent(), true);
});

test('a collector that is not there costs a warning, and nothing else', async () => {
  await using elsewhere = await temporaryDirectory();
  await using alone = await startProcess({
    DATA_DIR: elsewhere.path,
    // Nothing listens there.
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:9/v1/traces',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hunter2',
    OTEL_EXPORTER_OTLP_TIMEOUT: '200',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  });
  const warnings = () => lines(alone).filter(({ msg }) => msg === 'traces do not get through');
  while (warnings().length === 0) assert.equal((await call(`${alone.url}/v1/models`)).status, 200);
  for (let request = 0; request < 20; request++) {
    assert.equal((await call(`${alone.url}/v1/models`)).status, 200);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(await alone.stop('SIGTERM'), 0);
  assert.equal(warnings().length, 1, 'told once in a while, not at every try');
  assert.ok(!alone.log.join('\n').includes('hunter2'));
  assert.deepEqual(
    lines(alone).filter(({ level }) => Number(level) >= 50),
    [],
  );
});

/** The files of packages that a service loads in such an environment. */
async function loadedBy(environment: Record<string, string>): Promise<string[]> {
  await using elsewhere = await temporaryDirectory();
  const child = fork(join(import.meta.dirname, '..', 'support', 'loaded-packages.ts'), {
    env: { PATH: process.env.PATH, PORT: '0', MAX_EVENT_LOOP_DELAY: '60000', DATA_DIR: elsewhere.path, ...environment },
  });
  const [[{ status, files }]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  assert.equal(status, 200);
  return files;
}

test('without a collector nothing that traces is loaded', async () => {
  const tracers =
    /node_modules\/(@fastify\/otel|@opentelemetry\/(sdk-trace|exporter|instrumentation)|import-in-the-middle)/;
  const loaded = async (environment: Record<string, string>) =>
    (await loadedBy(environment)).filter((file) => tracers.test(file));
  assert.notDeepEqual(await loaded(tracing()), []);
  assert.deepEqual(await loaded({}), []);
});
