import { type Api, answer, contentOf, everyItem, jsonOf, once } from './api.ts';
import { type SendOptions, type TableSource, tableBody } from './table.ts';
import type { Transport } from './transport.ts';
import type { Answer, Body, CallOptions, Dataset, Query, StreamedFormat } from './types.ts';

/** How a table is to be read and stored. */
export interface UploadOptions extends SendOptions, CallOptions {
  readonly name?: string | undefined;
  /** All columns, of rows that are lists; else those that there is something to say of. */
  readonly columns?: Body<'createDataset'>['columns'];
  /** Of a CSV; what is left out is found out. */
  readonly delimiter?: Query<'createDataset'>['delimiter'];
  readonly header?: boolean;
  readonly encoding?: Query<'createDataset'>['encoding'];
}

type RowsQuery = Query<'getDatasetRows'> & CallOptions;

/** Tables that are stored. */
export class Datasets {
  readonly #api: Api;
  readonly #transport: Transport;

  constructor(api: Api, transport: Transport) {
    this.#api = api;
    this.#transport = transport;
  }

  /** Stores a table, as it is read: bytes are not kept in memory. Throws PushforwardError. */
  async upload(source: TableSource, options: UploadOptions = {}): Promise<Dataset> {
    const { name, columns, delimiter, header, encoding, signal } = options;
    const { headers, ...table } = await tableBody(source, options, columns);
    const inBody = headers['content-type'] === 'application/json' && Array.isArray(source);
    const said = inBody || columns === undefined ? undefined : JSON.stringify(columns);
    const response = await this.#transport.ask('/v1/datasets', {
      method: 'POST',
      query: { name, columns: said, delimiter, header, encoding },
      headers: { ...headers, ...once() },
      ...table,
      signal,
    });
    return jsonOf(response);
  }

  get(id: string, { signal }: CallOptions = {}): Promise<Dataset> {
    return answer(this.#api.GET('/v1/datasets/{id}', { params: { path: { id } }, signal }));
  }

  /** All of them, newest first. */
  list({ signal }: CallOptions = {}): AsyncGenerator<Dataset, void, undefined> {
    return everyItem((query) => answer(this.#api.GET('/v1/datasets', { params: { query }, signal })));
  }

  /** The rows, or a stream of them in the format that is named. */
  rows(id: string, options?: RowsQuery & { format?: 'json' }): Promise<Answer<'getDatasetRows'>>;
  rows(id: string, options: RowsQuery & { format: StreamedFormat }): Promise<ReadableStream<Uint8Array>>;
  async rows(id: string, { signal, ...query }: RowsQuery = {}) {
    const path = `/v1/datasets/${encodeURIComponent(id)}/rows`;
    return contentOf(await this.#transport.ask(path, { query, repeatable: true, signal }), query.format);
  }

  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    await answer(this.#api.DELETE('/v1/datasets/{id}', { params: { path: { id } }, signal }));
  }
}
