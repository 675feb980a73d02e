import { readdir } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import supertest from 'supertest';
import { type Config, type Limits, loadConfig } from '../../src/config.ts';
import { continuousEncoding } from '../../src/flow/encoding/encoding.ts';
import { buildApp } from '../../src/http/app.ts';
import { spoolDirectory } from '../../src/http/connections/spool-directory.ts';
import type { Own, Services } from '../../src/http/services.ts';
import { type Queue, startQueue } from '../../src/queue/queue.ts';
import type { ServingStats } from '../../src/serving/serving.ts';
import { lineVertices } from '../../src/serving/steps/base-grid.ts';
import { keptVertices, taken } from '../../src/serving/steps/line-vertices.ts';
import type { Scope } from '../../src/store/api-keys.ts';
import { operator } from '../../src/store/audit.ts';
import type { Model } from '../../src/store/model.ts';
import type { OwnStore, Store } from '../../src/store/store.ts';
import { silent, startTestStore, temporaryDirectory } from './postgres.ts';

export interface TestApp extends AsyncDisposable {
  readonly app: FastifyInstance;
  /** What the app works with. */
  readonly services: Services;
  readonly store: Store;
  readonly queue: Queue;
  readonly request: ReturnType<typeof supertest>;
  /** Files that uploads left behind. */
  uploads(): Promise<string[]>;
}

interface Changes {
  /** Admin keys of the operator. */
  readonly apiKeys?: readonly string[];
  readonly rateLimit?: number;
  readonly trustProxy?: readonly string[];
  readonly log?: Logger;
  readonly limits?: Partial<Limits>;
  readonly services?: Partial<Services>;
  /** Changes how models answer. */
  readonly serve?: (serving: Own['serving']) => Own['serving'];
  readonly stats?: ServingStats;
}

/** The HTTP service on a database and directory of its own, its models standing for the standard normal distribution. */
export async function startTestApp({
  apiKeys = [],
  rateLimit = 0,
  trustProxy = [],
  log = silent,
  limits = {},
  services = {},
  serve = (serving) => serving,
  stats = { waiting: 0, running: 0, models: 0, artefactBytes: 0, hits: 0, misses: 0 },
}: Changes = {}): Promise<TestApp> {
  await using failure = new AsyncDisposableStack();
  const { path } = failure.use(await temporaryDirectory());
  const { store } = failure.use(await startTestStore(log));
  const queue = await startQueue(store, log);
  failure.defer(() => queue.stop());
  const defaults = loadConfig({ DATA_DIR: path });
  // However busy the machine is, tests are answered: 0 is no limit.
  const patient = { ...defaults.limits, maxEventLoopDelay: 0 };
  const config: Config = { ...defaults, rateLimit, trustProxy, limits: { ...patient, ...limits } };
  await store.apiKeys.adopt(apiKeys);
  const serving = { for: (owner: string) => serve(standardNormal(store.for({ owner }))), stats: () => stats };
  const given = { config, store, queue, serving, ...services };
  const app = await buildApp({ log, ...given });
  failure.defer(() => app.close());
  const resources = failure.move();
  return {
    app,
    services: given,
    store,
    queue,
    request: supertest(app.server),
    uploads: () => readdir(spoolDirectory(path)).catch(() => []),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** A key of this owner; the header that carries it. */
export async function keyFor({ store }: TestApp, owner: string, ...scopes: Scope[]): Promise<string> {
  const { secret } = await store.apiKeys.create(operator, { owner, name: '', scopes, expiresAt: null });
  return `Bearer ${secret}`;
}

/** Makes models score nothing until `released` is resolved; `begun` is resolved once one is asked to. */
export function holdScores() {
  const begun = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const held = (serving: Own['serving']): Own['serving'] => ({
    ...serving,
    async logProb(...request) {
      begun.resolve();
      await released.promise;
      return serving.logProb(...request);
    },
  });
  return { begun, released, held };
}

/** Two independent standard normal columns; the density is zero beyond six. */
const standardNormal = ({ models }: OwnStore): Own['serving'] => ({
  async encoding(id) {
    const { columns, context } = await models.getReady(id);
    const width = columns.length + context.length;
    const standard = { location: new Float64Array(width), scale: new Float64Array(width).fill(1) };
    return continuousEncoding(columns, context, standard);
  },
  otherColumns: async () => ['note'],
  // The density of a part q of all rows is at most q times that of the peak.
  calibration: async () => ({
    scores: Float64Array.from({ length: 99 }, (_, index) => Math.log((index + 1) / 100 / (2 * Math.PI))),
    groups: [],
    groupOf: new Float64Array(),
  }),
  async logProb(_modelId, rows, rowCount) {
    return Float64Array.from({ length: rowCount }, (_, row) => {
      const [x, y] = rows.subarray(2 * row, 2 * row + 2);
      return Math.max(Math.abs(x), Math.abs(y)) > 6 ? -Infinity : -Math.log(2 * Math.PI) - (x * x + y * y) / 2;
    });
  },
  async sample(_modelId, { n, seed, first = 0, context = [], temperature = 1 }) {
    if (context.length > 0) return new Float64Array(n).fill(context[0]);
    return Float64Array.from({ length: 2 * n }, (_, index) => temperature * Math.sin(seed + (2 * first + index) / 3));
  },
  flows: async (id) => (await models.getReady(id)) && [{ base: { type: 'normal' }, layers: [] }],
  async steps(_id, { thing }) {
    const points =
      thing.kind === 'line'
        ? taken(thing.points, keptVertices([thing.points], lineVertices))
        : thing.kind === 'rows'
          ? thing.rows
          : new Float64Array(2 * thing.rowCount);
    const state = points.join();
    return { states: [state, state], base: points, rows: points, hyperplanes: [] };
  },
  onnx: async (id, program) => Buffer.from(`${program} of ${(await models.getReady(id)).name}`),
  forget() {},
});

/** Rows of two columns that can be modelled. */
export const usableCsv = `x,y\n${Array.from({ length: 30 }, (_, row) => `${row},${row / 7}\n`).join('')}`;

export async function uploadCsv({ request }: TestApp, csv = usableCsv, name = 'points'): Promise<string> {
  const { body, status } = await request.post('/v1/datasets').query({ name }).type('text/csv').send(csv);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body.id;
}

/** A model of the columns x and y, queued, for which no job is queued. */
export async function queuedModel(test: TestApp): Promise<Model> {
  const datasetId = await uploadCsv(test);
  const model = { name: 'normal', datasetId, columns: ['x', 'y'], context: [], flow: {}, training: {} };
  return test.store.models.create({ ...model, seed: 0, parameterCount: 4 }, async () => {});
}

/** A ready model of x given y. */
export async function conditionalModel(test: TestApp): Promise<string> {
  const datasetId = await uploadCsv(test);
  const model = { name: 'normal', datasetId, columns: ['x'], context: ['y'], flow: {}, training: {} };
  const { id } = await test.store.models.create({ ...model, seed: 0, parameterCount: 4 }, async () => {});
  const started = await test.store.models.startAttempt(id);
  const result = { artefact: Buffer.from('an artefact'), metrics: {}, warnings: [], progress: {} };
  await test.store.models.complete(id, started?.attempt ?? 0, result);
  return id;
}

export async function trainingModel(test: TestApp): Promise<{ id: string; attempt: number }> {
  const { id } = await queuedModel(test);
  const started = await test.store.models.startAttempt(id);
  if (!started) throw new Error('the model did not start');
  return { id, attempt: started.attempt };
}

export async function readyModel(test: TestApp): Promise<string> {
  const { id, attempt } = await trainingModel(test);
  const artefact = Buffer.from('an artefact');
  await test.store.models.complete(id, attempt, { artefact, metrics: { testLogProb: -2 }, warnings: [], progress: {} });
  return id;
}
