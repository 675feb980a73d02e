import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** A job as the service tells of it. */
export interface Job {
  readonly id: string;
  readonly status: string;
  readonly outputDatasetId: string;
  readonly progress: { readonly parts: number; readonly partsDone: number };
  readonly error?: object;
}

/** Asks the service with one owner's key. */
export class Client {
  readonly #url: string;
  readonly #key: string;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  async keyFor(owner: string): Promise<Client> {
    const { key } = await this.ask<{ key: string }>('POST', '/v1/keys', { owner, scopes: ['write'] });
    return new Client(this.#url, key);
  }

  /** The body of the answer. Throws where it is no success. */
  async ask<Answer>(method: string, path: string, body?: object | string): Promise<Answer> {
    const response = await this.#fetch(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  #fetch(method: string, path: string, body?: object | string): Promise<Response> {
    const type = typeof body === 'string' ? 'text/csv' : 'application/json';
    const headers = { authorization: `Bearer ${this.#key}`, ...(body !== undefined && { 'content-type': type }) };
    const sent = typeof body === 'object' ? JSON.stringify(body) : body;
    return fetch(this.#url + path, { method, headers, ...(sent !== undefined && { body: sent }) });
  }

  /** Waits until what stands at the path has come to its end. Throws where that is no good one. */
  async untilReady<Thing extends { status: string; error?: object }>(
    path: string,
    meanwhile?: (thing: Thing) => void,
  ): Promise<Thing> {
    for (;;) {
      const thing = await this.ask<Thing>('GET', path);
      if (thing.status === 'ready') return thing;
      if (['failed', 'cancelled'].includes(thing.status)) throw new Error(`${path}: ${JSON.stringify(thing)}`);
      meanwhile?.(thing);
      await sleep(100);
    }
  }

  /** SHA-256 of a dataset's rows as Parquet. */
  async digest(datasetId: string): Promise<string> {
    const { body, status } = await this.#fetch('GET', `/v1/datasets/${datasetId}/rows?format=parquet`);
    if (status !== 200 || body === null) throw new Error(`dataset ${datasetId}: ${status}`);
    const hash = createHash('sha256');
    for await (const chunk of body) hash.update(chunk);
    return hash.digest('hex');
  }
}
