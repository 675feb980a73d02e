import type { components, operations } from './schema.ts';

export type Dataset = components['schemas']['Dataset'];
export type Model = components['schemas']['Model'];
export type Job = components['schemas']['Job'];
export type Sweep = components['schemas']['Sweep'];
export type Alias = components['schemas']['Alias'];
export type Problem = components['schemas']['Problem'];

export type Operations = operations;

/** What an operation takes in its query. */
export type Query<Name extends keyof operations> = operations[Name] extends { parameters: { query?: infer Q } }
  ? NonNullable<Q>
  : never;

/** What an operation takes as its JSON body. */
export type Body<Name extends keyof operations> = operations[Name] extends {
  requestBody: { content: { 'application/json': infer Json } };
}
  ? Json
  : never;

/** What an operation answers in JSON. */
export type Answer<Name extends keyof operations> = operations[Name] extends {
  responses: { 200: { content: { 'application/json': infer Json } } };
}
  ? Json
  : never;

/** How far a training has come; log-likelihoods are means in nats per row. */
export type Progress = NonNullable<Model['progress']>;

/** The formats of tables. */
export type TableFormat = NonNullable<Query<'sampleModel'>['format']>;

/** Those that are answered as a stream. */
export type StreamedFormat = Exclude<TableFormat, 'json'>;

/** What every call takes: a signal that ends it, which then rejects with the signal's reason. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}
