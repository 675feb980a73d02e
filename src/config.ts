import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { type EngineName, engineNames } from './engine/engines.ts';

/** What the environment asks for, validated once; every other module receives what it needs from here. */
export interface Config {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Undefined: an embedded PostgreSQL under `dataDirectory`. */
  readonly databaseUrl: string | undefined;
  readonly dataDirectory: string;
  readonly role: Role;
  readonly engine: EngineName;
  readonly trainingThreads: number;
  readonly inferenceThreads: number;
  /** How much memory those models may need together, by estimate, that are trained at once. */
  readonly workerMemoryBytes: number;
  /** About how much memory the models may take that are kept ready to score and sample. */
  readonly modelCacheBytes: number;
  /** Keys that are good from the start, the operator's. */
  readonly apiKeys: readonly string[];
  readonly logLevel: LogLevel;
  /** Requests a minute of one API key, or of one address where there is none; 0: any number. */
  readonly rateLimit: number;
  /** Whether traces are sent; where to and all else is read by OpenTelemetry from its own variables. */
  readonly tracing: boolean;
  readonly shutdown: Shutdown;
  readonly limits: Limits;
}

/** How the service stops when it is told to. */
export interface Shutdown {
  /** For so long it goes on as before, but says that it is not ready, so that nothing more is sent to it. */
  readonly delaySeconds: number;
  /** Then it has so long to bring what runs to an end. */
  readonly graceSeconds: number;
}

/** Bounds on what one request may ask for. Each is named, as its environment variable, in the error that it causes. */
export interface Limits {
  readonly maxUploadBytes: number;
  /** How many times its compressed size a table may have. */
  readonly maxCompressionRatio: number;
  readonly maxRows: number;
  readonly maxColumns: number;
  /** Rows times columns of one table. */
  readonly maxCells: number;
  /** How many different values a column of categories may have. */
  readonly maxCategories: number;
  readonly maxSampleRows: number;
  readonly maxScoreRows: number;
  /** Rows times columns of one request whose scores are explained. */
  readonly maxExplainedCells: number;
  /** How many models of one owner may wait to be trained. */
  readonly maxQueuedModels: number;
  /** Rows that one job may score or draw. */
  readonly maxJobRows: number;
  /** How many jobs of one owner may be queued or running. */
  readonly maxJobs: number;
  /** Bytes of a JSON body that is no table. */
  readonly maxBodyBytes: number;
  /** Bytes of a request of the Open Inference Protocol. */
  readonly maxInferenceBytes: number;
  /** How many parameters a flow may have. */
  readonly maxParameters: number;
  /** The longest that a model may be asked to train. */
  readonly maxTrainingSeconds: number;
  /** How many tables may be uploaded, or sent to be scored, at once; few are read at a time, the others wait on disk. */
  readonly maxUploads: number;
  /** How many clients may follow the training of models at once. */
  readonly maxEventStreams: number;
  /** How many connections may be open. */
  readonly maxConnections: number;
  /** How long a client may keep the service waiting for bytes, or for it to take bytes. */
  readonly maxIdleSeconds: number;
  /** How long one request may take in all, its body and its answer included. */
  readonly maxStreamSeconds: number;
  /** How many requests may be scored or sampled at once, those that wait for a thread included. */
  readonly maxInferenceRequests: number;
  /** In milliseconds; while the event loop is further behind, requests are turned away. */
  readonly maxEventLoopDelay: number;
  /** How long rows may wait for a thread. */
  readonly inferenceTimeoutSeconds: number;
}

export const roles = ['all', 'api', 'worker'] as const;
type Role = (typeof roles)[number];
const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
type LogLevel = (typeof logLevels)[number];

/** Of all memory, the part that trainings may take. */
const trainingShare = 0.75;

/** What this process may use: its container's limit, where it has one. */
function memoryLimit(): number {
  // 0 where it is not known; where there is no limit, more than any machine has.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** A wrong environment variable: the message names it, its value and what was expected. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads the configuration from environment variables.
 * Throws ConfigError on the first value that cannot be used.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const text = (name: string, fallback: string) => environment[name] || fallback;

  const oneOf = <Choice extends string>(name: string, choices: readonly Choice[]): Choice => {
    const value = text(name, choices[0]);
    const choice = choices.find((candidate) => candidate === value);
    if (choice === undefined) throw new ConfigError(`${name}=${value}: expected one of ${choices.join(', ')}`);
    return choice;
  };

  const integer = (name: string, fallback: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER) => {
    const value = text(name, String(fallback));
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < minimum || number > maximum)
      throw new ConfigError(`${name}=${value}: expected a whole number from ${minimum} to ${maximum}`);
    return number;
  };

  const postgresUrl = (name: string) => {
    const value = environment[name];
    if (!value) return undefined;
    if (!URL.canParse(value) || !/^postgres(ql)?:$/.test(new URL(value).protocol))
      throw new ConfigError(`${name}: expected a URL such as postgresql://user:password@host:5432/database`);
    return value;
  };

  const collector = (name: string) => {
    const value = environment[name];
    if (value && !(URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)))
      throw new ConfigError(`${name}: expected a URL such as http://localhost:4318`);
    return Boolean(value);
  };

  const apiKeys = text('API_KEYS', '').split(',').filter(Boolean);
  if (apiKeys.some((key) => key.length < 16))
    throw new ConfigError('API_KEYS: expected keys of at least 16 characters');

  const collectors = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'].filter(collector);
  const tracingIsOff =
    environment.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || environment.OTEL_TRACES_EXPORTER === 'none';

  const cores = availableParallelism();
  const config: Config = {
    host: text('HOST', '127.0.0.1'),
    port: integer('PORT', 3000, 0, 65_535),
    databaseUrl: postgresUrl('DATABASE_URL'),
    dataDirectory: resolve(text('DATA_DIR', './data')),
    role: oneOf('ROLE', roles),
    engine: oneOf('ENGINE', engineNames),
    trainingThreads: integer('TRAINING_THREADS', Math.max(1, Math.floor(cores / 2)), 1, 256),
    inferenceThreads: integer('INFERENCE_THREADS', Math.max(1, Math.floor(cores / 2)), 1, 256),
    workerMemoryBytes: integer('WORKER_MEMORY_BYTES', Math.floor(trainingShare * memoryLimit()), 1),
    modelCacheBytes: integer('MODEL_CACHE_BYTES', 2 ** 30, 1),
    apiKeys,
    logLevel: environment.LOG_LEVEL ? oneOf('LOG_LEVEL', logLevels) : 'info',
    rateLimit: integer('RATE_LIMIT', 600_000, 0),
    tracing: collectors.length > 0 && !tracingIsOff,
    shutdown: {
      delaySeconds: integer('SHUTDOWN_DELAY_SECONDS', 0, 0, 3_600),
      graceSeconds: integer('SHUTDOWN_GRACE_SECONDS', 30, 1, 3_600),
    },
    limits: {
      maxUploadBytes: integer('MAX_UPLOAD_BYTES', 2 ** 31, 1),
      maxCompressionRatio: integer('MAX_COMPRESSION_RATIO', 200, 1),
      maxRows: integer('MAX_ROWS', 50_000_000, 1),
      maxColumns: integer('MAX_COLUMNS', 1_000, 1, 100_000),
      maxCells: integer('MAX_CELLS', 500_000_000, 1),
      maxCategories: integer('MAX_CATEGORIES', 100, 1, 10_000),
      maxSampleRows: integer('MAX_SAMPLE_ROWS', 10_000_000, 1),
      maxScoreRows: integer('MAX_SCORE_ROWS', 50_000_000, 1),
      maxExplainedCells: integer('MAX_EXPLAINED_CELLS', 20_000, 1),
      maxBodyBytes: integer('MAX_BODY_BYTES', 2 ** 20, 1_024, 2 ** 28),
      maxInferenceBytes: integer('MAX_INFERENCE_BYTES', 2 ** 23, 1_024, 2 ** 30),
      maxParameters: integer('MAX_PARAMETERS', 20_000_000, 1),
      maxTrainingSeconds: integer('MAX_TRAINING_SECONDS', 86_400, 1),
      maxUploads: integer('MAX_UPLOADS', 16, 1),
      maxEventStreams: integer('MAX_EVENT_STREAMS', 100, 1),
      maxConnections: integer('MAX_CONNECTIONS', 5_000, 1),
      maxIdleSeconds: integer('MAX_IDLE_SECONDS', 120, 1, 86_400),
      maxStreamSeconds: integer('MAX_STREAM_SECONDS', 3_600, 1, 86_400),
      maxEventLoopDelay: integer('MAX_EVENT_LOOP_DELAY', 1_000, 10),
      maxJobRows: integer('MAX_JOB_ROWS', 50_000_000, 1),
      maxJobs: integer('MAX_JOBS', 100, 1),
      maxQueuedModels: integer('MAX_QUEUED_MODELS', 1_000, 1),
      maxInferenceRequests: integer('MAX_INFERENCE_REQUESTS', 500, 1),
      inferenceTimeoutSeconds: integer('INFERENCE_TIMEOUT_SECONDS', 60, 1, 86_400),
    },
  };
  const { shutdown, limits } = config;
  return Object.freeze({ ...config, shutdown: Object.freeze(shutdown), limits: Object.freeze(limits) });
}
