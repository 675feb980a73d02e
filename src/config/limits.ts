import { integer } from './setting.ts';

/** Bounds on what one request may ask for. Each is named, as its environment variable, in the error that it causes. */
export const limits = {
  maxUploadBytes: integer('MAX_UPLOAD_BYTES', {
    fallback: 2 ** 31,
    unit: 'bytes',
    about: 'Of one table, decompressed',
    answer: '413',
  }),
  maxCompressionRatio: integer('MAX_COMPRESSION_RATIO', {
    fallback: 200,
    about: 'How many times its compressed size a table of more than 4 MiB may have',
    answer: '413',
  }),
  maxRows: integer('MAX_ROWS', { fallback: 50_000_000, about: 'Rows of one table', answer: '413' }),
  maxColumns: integer('MAX_COLUMNS', {
    fallback: 1_000,
    maximum: 100_000,
    about: 'Columns of one table',
    answer: '413',
  }),
  maxCells: integer('MAX_CELLS', {
    fallback: 500_000_000,
    about: 'Rows times columns of one table; of Parquet before it is unpacked',
    answer: '413',
  }),
  maxCategories: integer('MAX_CATEGORIES', {
    fallback: 100,
    maximum: 10_000,
    about: 'Different values of a column of categories; of more the column is stored only',
  }),
  maxSampleRows: integer('MAX_SAMPLE_ROWS', {
    fallback: 10_000_000,
    about: 'Rows drawn in one request',
    answer: '422',
  }),
  maxScoreRows: integer('MAX_SCORE_ROWS', {
    fallback: 50_000_000,
    about: 'Rows scored in one request',
    answer: '413',
  }),
  maxExplainedCells: integer('MAX_EXPLAINED_CELLS', {
    fallback: 20_000,
    about: 'Rows times columns that are explained in one request',
    answer: '413',
  }),
  maxJobRows: integer('MAX_JOB_ROWS', {
    fallback: 50_000_000,
    about: 'Rows that one bulk job scores or draws; drawn rows times columns are bounded by `MAX_CELLS`, too',
    answer: '422',
  }),
  maxJobs: integer('MAX_JOBS', {
    fallback: 100,
    about: 'Bulk jobs of one owner that are queued or running',
    answer: '429',
  }),
  maxQueuedModels: integer('MAX_QUEUED_MODELS', {
    fallback: 1_000,
    about: 'Models of one owner that wait to be trained, the trials of sweeps among them',
    answer: '429',
  }),
  maxSweepTrials: integer('MAX_SWEEP_TRIALS', {
    fallback: 100,
    maximum: 1_000,
    about: 'Models that one sweep asks for: its flows times its seeds',
    answer: '422',
  }),
  maxBodyBytes: integer('MAX_BODY_BYTES', {
    fallback: 2 ** 20,
    minimum: 1_024,
    maximum: 2 ** 28,
    unit: 'bytes',
    about: 'Of a JSON body that is no table',
    answer: '413',
  }),
  maxInferenceBytes: integer('MAX_INFERENCE_BYTES', {
    fallback: 2 ** 23,
    minimum: 1_024,
    maximum: 2 ** 30,
    unit: 'bytes',
    about:
      'Of a request of the Open Inference Protocol, which is held in memory; larger ones go to `/v1/models/{id}/log-prob`',
    answer: '413',
  }),
  maxParameters: integer('MAX_PARAMETERS', {
    fallback: 20_000_000,
    about: 'Parameters of a flow',
    answer: '422, with the path of the layer',
  }),
  maxTrainingSeconds: integer('MAX_TRAINING_SECONDS', {
    fallback: 86_400,
    unit: 'seconds',
    about: '`budgetSeconds` of a training',
    answer: '422',
  }),
  maxUploads: integer('MAX_UPLOADS', {
    fallback: 16,
    about:
      'Tables that arrive at once in `POST /v1/datasets` and `/v1/datasets/inspect`, or to be scored as CSV or Parquet',
    answer: '503',
  }),
  maxInferenceRequests: integer('MAX_INFERENCE_REQUESTS', {
    fallback: 500,
    about: 'Requests that are scored or sampled at once, those that wait for a thread included',
    answer: '503',
  }),
  maxEventStreams: integer('MAX_EVENT_STREAMS', {
    fallback: 100,
    about: 'Clients that follow trainings at once; each asks the database when something happens, and once a second',
    answer: '503',
  }),
  maxConnections: integer('MAX_CONNECTIONS', {
    fallback: 5_000,
    about: 'Open connections',
    answer: 'more are closed at once',
  }),
  maxEventLoopDelay: integer('MAX_EVENT_LOOP_DELAY', {
    fallback: 1_000,
    minimum: 10,
    unit: 'milliseconds',
    about: 'How far behind the event loop may be',
    answer: '503',
  }),
  maxIdleSeconds: integer('MAX_IDLE_SECONDS', {
    fallback: 120,
    maximum: 86_400,
    unit: 'seconds',
    about: 'How long a client may neither send what it has begun nor take what it is sent',
    answer: 'cut off',
  }),
  maxStreamSeconds: integer('MAX_STREAM_SECONDS', {
    fallback: 3_600,
    maximum: 86_400,
    unit: 'seconds',
    about: 'How long a request may take in all, its body and its answer',
    answer: '408, or cut off',
  }),
  inferenceTimeoutSeconds: integer('INFERENCE_TIMEOUT_SECONDS', {
    fallback: 60,
    maximum: 86_400,
    unit: 'seconds',
    about: 'How long rows wait for a thread',
    answer: '503',
  }),
};
