import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { engineNames } from '../engine/engines.ts';
import { networks } from './networks.ts';
import { ConfigError, choice, integer, optionalInteger, text, url } from './setting.ts';

export const roles = ['all', 'api', 'worker'] as const;
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const halfTheCores = Math.max(1, Math.floor(availableParallelism() / 2));
const shortestKey = 16;
/** Of all memory, the part that trainings may take. */
const trainingShare = 0.75;

export const service = {
  role: choice('ROLE', {
    choices: roles,
    fallback: 'all',
    about:
      'What the process does: answer requests, train and do the parts of bulk jobs, or both. More than one process needs a `DATABASE_URL`',
  }),
  host: text('HOST', {
    fallback: '127.0.0.1',
    expected: 'a name or an address',
    read: (host) => host,
    about: 'Where it listens. Another than loopback needs [keys](keys.md)',
  }),
  port: integer('PORT', {
    fallback: 3000,
    minimum: 0,
    maximum: 65_535,
    roles: ['api'],
    about: 'The port of the API and the console; 0 picks a free one, and the log says which',
  }),
  probePort: optionalInteger('PROBE_PORT', {
    minimum: 0,
    maximum: 65_535,
    roles: ['worker'],
    about:
      'The port where a worker, which has no API, answers `/healthz`, `/readyz` and `/metrics`; not set: it does not listen',
  }),
  trustProxy: networks('TRUST_PROXY', {
    roles: ['api'],
    about:
      'The proxies that are believed when `X-Forwarded-For` says whom they ask for: it is the address that limits count and the log names. Nobody else is believed',
  }),
  logLevel: choice('LOG_LEVEL', {
    choices: logLevels,
    fallback: 'info',
    about: 'What is [logged](operation.md#the-log): lines of this level and above',
  }),
};

export const storage = {
  databaseUrl: url('DATABASE_URL', {
    protocols: ['postgres:', 'postgresql:'],
    example: 'postgresql://user:password@host:5432/database',
    about: 'A PostgreSQL to use in place of the embedded one',
  }),
  dataDirectory: text('DATA_DIR', {
    fallback: './data',
    expected: 'a directory',
    read: (directory) => resolve(directory),
    about: 'The embedded PostgreSQL, and uploads while they are read. It may be shared by processes of one machine',
  }),
};

export const work = {
  engine: choice('ENGINE', {
    choices: engineNames,
    fallback: 'onnx',
    about: 'What computes: ONNX Runtime or TensorFlow.js',
  }),
  trainingThreads: integer('TRAINING_THREADS', {
    fallback: halfTheCores,
    maximum: 256,
    otherwise: 'half the cores',
    roles: ['worker'],
    about: 'How many models are trained at once',
  }),
  inferenceThreads: integer('INFERENCE_THREADS', {
    fallback: halfTheCores,
    maximum: 256,
    otherwise: 'half the cores',
    about: 'How many threads score and sample: for requests, and for the parts of bulk jobs',
  }),
  workerMemoryBytes: integer('WORKER_MEMORY_BYTES', {
    fallback: Math.floor(trainingShare * memoryLimit()),
    unit: 'bytes',
    otherwise: 'three quarters of the memory, or of its container’s limit',
    roles: ['worker'],
    about: 'How much memory those models may need together, [by estimate](workers.md), that are trained at once',
  }),
  modelCacheBytes: integer('MODEL_CACHE_BYTES', {
    fallback: 2 ** 30,
    unit: 'bytes',
    about: 'About how much memory models may take that are kept ready to score and sample',
  }),
};

export const access = {
  apiKeys: text('API_KEYS', {
    fallback: '',
    expected: `keys of ${shortestKey} characters or more, separated by commas`,
    read: (keys) => keysOf(keys),
    about:
      'Keys of the operator’s, stored as hashes at the start; all others are made with `npm run key` or at `/v1/keys`',
  }),
  rateLimit: integer('RATE_LIMIT', {
    fallback: 600_000,
    minimum: 0,
    roles: ['api'],
    about:
      'Requests a minute of one API key, or of one address where there is none, counted at all processes together; 0: any number',
  }),
};

export const shutdown = {
  /** For so long it goes on as before, but says that it is not ready, so that nothing more is sent to it. */
  delaySeconds: integer('SHUTDOWN_DELAY_SECONDS', {
    fallback: 0,
    minimum: 0,
    maximum: 3_600,
    unit: 'seconds',
    about: 'How long it goes on as before after SIGTERM, while `/readyz` says no',
  }),
  /** Then it has so long to bring what runs to an end. */
  graceSeconds: integer('SHUTDOWN_GRACE_SECONDS', {
    fallback: 30,
    maximum: 3_600,
    unit: 'seconds',
    about: 'Then, how long it has to finish; what is still being answered near its end is cut off',
  }),
};

const collector = { protocols: ['http:', 'https:'], example: 'http://localhost:4318' };

export const traces = {
  endpoint: url('OTEL_EXPORTER_OTLP_ENDPOINT', {
    ...collector,
    about: 'The collector that [traces](operation.md#traces) are sent to, over OTLP/HTTP',
  }),
  tracesEndpoint: url('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', { ...collector, about: 'The same, the whole path named' }),
  isOff: text('OTEL_SDK_DISABLED', {
    fallback: '',
    expected: '`true`, or anything else',
    read: (value) => value.toLowerCase() === 'true',
    about: '`true` turns tracing off',
  }),
  exporter: text('OTEL_TRACES_EXPORTER', {
    fallback: '',
    expected: '`none`, or anything else',
    read: (value) => value,
    about: '`none` turns tracing off',
  }),
};

function keysOf(value: string): readonly string[] {
  const keys = value.split(',').filter(Boolean);
  if (keys.some((key) => key.length < shortestKey))
    throw new ConfigError(`API_KEYS: expected keys of at least ${shortestKey} characters`);
  return keys;
}

/** What this process may use: its container's limit, where it has one. */
function memoryLimit(): number {
  // 0 where it is not known; where there is no limit, more than any machine has.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
