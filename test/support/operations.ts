import assert from 'node:assert/strict';
import { openApiDocument } from '../../src/http/openapi.ts';
import { type Scope, scopes } from '../../src/store/api-keys.ts';
import { usableCsv } from './app.ts';

/** What an owner has, by id. */
export interface Things {
  readonly dataset: string;
  /** A dataset that no model is on. */
  readonly unused: string;
  readonly ready: string;
  readonly queued: string;
  readonly key: string;
  /** The name of an alias for the ready model. */
  readonly alias: string;
  /** A ready model that shadows it. */
  readonly candidate: string;
  /** A job that is queued, and one that has ended. */
  readonly job: string;
  readonly endedJob: string;
}

/** How to ask for an operation, and what it tells of whom. */
interface Asking {
  /** Which of an owner's things it is asked for, where its path names one. */
  readonly of?: keyof Things;
  readonly query?: object;
  readonly type?: string;
  readonly body?: (things: Things) => object | string;
  /**
   * `thing`: of one owner's thing, another's being not found. `list`: of all things of the owner, and no others. `new`: makes something.
   * `common`: the same for everybody. `operator`: of all owners, for a scope that only the operator gives away.
   */
  readonly tells: 'thing' | 'list' | 'new' | 'common' | 'operator';
}

const rows = { rows: [[0.1, 0.2]] };
const tensor = { inputs: [{ name: 'rows', shape: [1, 2], datatype: 'FP64', data: [0.1, 0.2] }] };

/** Every operation of the OpenAPI document that asks for a key must stand here. */
export const askings: Readonly<Record<string, Asking>> = {
  getMetrics: { tells: 'operator' },
  createKey: { body: () => ({ owner: 'cy', scopes: ['read'] }), tells: 'operator' },
  listKeys: { tells: 'operator' },
  revokeKey: { of: 'key', tells: 'operator' },
  listAuditEvents: { tells: 'operator' },
  listWorkers: { tells: 'operator' },
  listAliases: { query: { limit: 200 }, tells: 'list' },
  getAlias: { of: 'alias', tells: 'thing' },
  moveAlias: { of: 'ready', body: ({ ready }) => ({ modelId: ready }), tells: 'thing' },
  rollBackAlias: { of: 'alias', tells: 'thing' },
  deleteAlias: { of: 'alias', tells: 'thing' },
  shadowAlias: { of: 'alias', body: ({ candidate }) => ({ modelId: candidate, share: 0.5 }), tells: 'thing' },
  compareShadow: { of: 'alias', tells: 'thing' },
  unshadowAlias: { of: 'alias', tells: 'thing' },
  createDataset: { type: 'text/csv', body: () => usableCsv, tells: 'new' },
  inspectDataset: { type: 'text/csv', body: () => usableCsv, tells: 'common' },
  listDatasets: { query: { limit: 200 }, tells: 'list' },
  getDataset: { of: 'dataset', tells: 'thing' },
  deleteDataset: { of: 'unused', tells: 'thing' },
  getDatasetRows: { of: 'dataset', tells: 'thing' },
  createModel: { body: ({ dataset }) => ({ datasetId: dataset, flow: 'real-nvp' }), tells: 'thing' },
  resolveModel: { body: ({ dataset }) => ({ datasetId: dataset, flow: 'real-nvp' }), tells: 'thing' },
  listModels: { query: { limit: 200 }, tells: 'list' },
  getModel: { of: 'ready', tells: 'thing' },
  deleteModel: { of: 'queued', tells: 'thing' },
  cancelModel: { of: 'queued', tells: 'thing' },
  followModel: { of: 'ready', tells: 'thing' },
  sampleModel: { of: 'ready', query: { n: 2 }, tells: 'thing' },
  sampleModelGiven: { of: 'ready', body: () => ({ n: 2 }), tells: 'thing' },
  scoreRows: { of: 'ready', body: () => rows, tells: 'thing' },
  findAnomalies: { of: 'ready', body: () => rows, tells: 'thing' },
  getDensity: { of: 'ready', query: { x: 'x', y: 'y', resolution: 5 }, tells: 'thing' },
  getLayers: { of: 'ready', query: { x: 'x', y: 'y', n: 2 }, tells: 'thing' },
  getReport: { of: 'ready', tells: 'thing' },
  detectDrift: { of: 'ready', body: () => rows, tells: 'thing' },
  exportOnnx: { of: 'ready', tells: 'thing' },
  createJob: { of: 'ready', body: () => ({ kind: 'sample', n: 10 }), tells: 'thing' },
  listJobs: { query: { limit: 200 }, tells: 'list' },
  getJob: { of: 'job', tells: 'thing' },
  cancelJob: { of: 'job', tells: 'thing' },
  deleteJob: { of: 'endedJob', tells: 'thing' },
  listFlows: { tells: 'common' },
  resolveFlow: { body: () => ({ flow: 'real-nvp', columns: 2 }), tells: 'common' },
  getModelMetadata: { of: 'ready', tells: 'thing' },
  isModelReady: { of: 'ready', tells: 'thing' },
  inferModel: { of: 'ready', body: () => tensor, tells: 'thing' },
  getModelVersionMetadata: { of: 'ready', tells: 'thing' },
  isModelVersionReady: { of: 'ready', tells: 'thing' },
  inferModelVersion: { of: 'ready', body: () => tensor, tells: 'thing' },
};

/** An operation that asks for a key. */
export interface Operation extends Asking {
  readonly name: string;
  readonly method: string;
  /** With `{id}`, `{name}` and `{version}` where they belong. */
  readonly path: string;
  readonly scope: Scope;
}

interface Described {
  readonly operationId: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: object;
}

/** The operations of the document that ask for a key. Fails where it is not said how to ask for one of them. */
export async function guardedOperations(): Promise<Operation[]> {
  const { paths }: { paths: Record<string, Record<string, Described>> } = JSON.parse(await openApiDocument());
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { operationId: name, security = [], responses }]) => {
      if (security.length === 0) {
        assert.match(path, /^\/(healthz|readyz|v2\/(health\/(live|ready))?)$/, `${name} asks for no key`);
        return [];
      }
      const asking = askings[name] ?? assert.fail(`${name} is not among the operations that are tested: add it`);
      const scope = scopes.find((each) => security.some(({ apiKey }) => apiKey?.includes(each)));
      for (const status of ['401', '403', '429'])
        assert.ok(status in responses, `${name} does not say that it may answer ${status}`);
      return [{ ...asking, name, method, path, scope: scope ?? assert.fail(`${name} names no scope`) }];
    }),
  );
}
