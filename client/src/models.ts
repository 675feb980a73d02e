import { type Api, answer, contentOf, everyItem, once } from './api.ts';
import { unsuccessful } from './ended.ts';
import { PushforwardError } from './error.ts';
import { isUnderWay, type ModelEvent, type WatchOptions, watchModel } from './events.ts';
import { type SendOptions, type TableSource, tableBody } from './table.ts';
import type { Transport } from './transport.ts';
import type { Answer, Body, CallOptions, Model, Progress, Query, StreamedFormat, TableFormat } from './types.ts';

/** A training that is asked for. */
export type NewModel = Body<'createModel'>;

/** `format` is of the answer: JSON unless it is named, which is then a stream. */
type Streamed = { format: StreamedFormat };
type Whole = { format?: 'json' };

type SampleOptions = Body<'sampleModelGiven'> & CallOptions & { format?: TableFormat };
/** `inputFormat` is of the rows that are sent. */
type ScoredRows = Omit<SendOptions, 'format'> & CallOptions & { inputFormat?: TableFormat };
type LogProbOptions = Query<'scoreRows'> & ScoredRows;
type AnomalyOptions = Query<'findAnomalies'> & ScoredRows;

type Bytes = ReadableStream<Uint8Array>;

/** Flows, trained on a dataset. Wherever an id is taken, an alias is too. */
export class Models {
  readonly #api: Api;
  readonly #transport: Transport;

  constructor(api: Api, transport: Transport) {
    this.#api = api;
    this.#transport = transport;
  }

  /** Asks for a training, which is queued. Throws PushforwardError; in its errors is the place in the flow that is wrong. */
  train(body: NewModel, { signal }: CallOptions = {}): Promise<Model> {
    return answer(this.#api.POST('/v1/models', { body, params: { header: once() }, signal }));
  }

  get(id: string, { signal }: CallOptions = {}): Promise<Model> {
    return answer(this.#api.GET('/v1/models/{id}', { params: { path: { id } }, signal }));
  }

  /** All of them, or those of a name, newest first. */
  list({ name, signal }: { name?: string } & CallOptions = {}): AsyncGenerator<Model, void, undefined> {
    return everyItem(({ limit, ...from }) => {
      const query = { limit, ...(name !== undefined && { name }), ...from };
      return answer(this.#api.GET('/v1/models', { params: { query }, signal }));
    });
  }

  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    await answer(this.#api.DELETE('/v1/models/{id}', { params: { path: { id } }, signal }));
  }

  /** Stops a training. */
  cancel(id: string, { signal }: CallOptions = {}): Promise<Model> {
    return answer(this.#api.POST('/v1/models/{id}/cancel', { params: { path: { id } }, signal }));
  }

  /** What happens to a model, as it happens, until its training ends; over lost connections. Throws PushforwardError. */
  watch(id: string, options: WatchOptions = {}): AsyncGenerator<ModelEvent, void, undefined> {
    return watchModel(this.#transport, id, options);
  }

  /** The model when its training has ended. Throws PushforwardError where that failed, or was cancelled. */
  async wait(
    id: string,
    { onProgress, signal }: { onProgress?(progress: Progress): void } & CallOptions = {},
  ): Promise<Model> {
    for await (const event of this.watch(id, { signal })) if (event.type === 'progress') onProgress?.(event.data);
    const model = await this.get(id, { signal });
    if (model.status === 'ready') return model;
    if (isUnderWay(model.status))
      throw new PushforwardError(`Nothing is heard any more of model ${id}, which is ${model.status}.`, {
        code: 'connection-lost',
      });
    throw unsuccessful(`Model ${id}`, model);
  }

  /** Draws rows; the same seed gives the same ones. */
  sample(id: string, options?: SampleOptions & Whole): Promise<Answer<'sampleModel'>>;
  sample(id: string, options: SampleOptions & Streamed): Promise<Bytes>;
  async sample(id: string, { signal, format, context, ...options }: SampleOptions = {}) {
    // What needs no body is a GET, which any cache and proxy knows to be without effect.
    const isGiven = context !== undefined;
    const json = JSON.stringify({ ...options, context });
    const response = await this.#transport.ask(pathOf(id, 'sample'), {
      ...(isGiven && { method: 'POST', headers: { 'content-type': 'application/json' }, body: () => json }),
      query: isGiven ? { format } : { ...options, format },
      repeatable: true,
      signal,
    });
    return contentOf(response, format);
  }

  /** The log-density of each row, in nats and in order; null where it is zero or the row cannot be read. */
  logProb(id: string, rows: TableSource, options?: LogProbOptions & Whole): Promise<Answer<'scoreRows'>>;
  logProb(id: string, rows: TableSource, options: LogProbOptions & Streamed): Promise<Bytes>;
  logProb(id: string, rows: TableSource, options: LogProbOptions = {}) {
    return this.#score(pathOf(id, 'log-prob'), rows, options);
  }

  /** How unusual each row is, in order: of usual rows, at most a part `alpha` is called an anomaly. */
  anomalies(id: string, rows: TableSource, options?: AnomalyOptions & Whole): Promise<Answer<'findAnomalies'>>;
  anomalies(id: string, rows: TableSource, options: AnomalyOptions & Streamed): Promise<Bytes>;
  anomalies(id: string, rows: TableSource, options: AnomalyOptions = {}) {
    return this.#score(pathOf(id, 'anomalies'), rows, options);
  }

  async #score(path: string, rows: TableSource, options: ScoredRows & { format?: TableFormat }) {
    const { signal, inputFormat, gzip, onProgress, ...query } = options;
    const table = await tableBody(rows, { format: inputFormat, gzip, onProgress });
    const response = await this.#transport.ask(path, { method: 'POST', query, ...table, signal });
    return contentOf(response, query.format);
  }
}

const pathOf = (id: string, what: string) => `/v1/models/${encodeURIComponent(id)}/${what}`;
