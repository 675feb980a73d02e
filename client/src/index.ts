export type { UploadOptions } from './datasets.ts';
export { type Fault, PushforwardError } from './error.ts';
export type { ModelEvent, WatchOptions } from './events.ts';
export type { NewJob } from './jobs.ts';
export type { NewModel } from './models.ts';
export { Pushforward } from './pushforward.ts';
export type { RetryPolicy } from './retry.ts';
export type { components, operations, paths } from './schema.ts';
export type { Cell, TableRecord } from './streams.ts';
export type { NewSweep } from './sweeps.ts';
export type { SendOptions, TableSource } from './table.ts';
export type { ConnectionOptions } from './transport.ts';
export type {
  Alias,
  CallOptions,
  Dataset,
  Job,
  Model,
  Problem,
  Progress,
  StreamedFormat,
  Sweep,
  TableFormat,
} from './types.ts';
