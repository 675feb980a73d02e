import { type Api, answer, everyItem, once } from './api.ts';
import { type WaitOptions, whenReady } from './ended.ts';
import type { Body, CallOptions, Sweep } from './types.ts';

export type NewSweep = Body<'createSweep'>;

/** Several flows, each trained with several seeds on one dataset, and how they compare. */
export class Sweeps {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  create(body: NewSweep, { signal }: CallOptions = {}): Promise<Sweep> {
    return answer(this.#api.POST('/v1/sweeps', { body, params: { header: once() }, signal }));
  }

  get(id: string, { signal }: CallOptions = {}): Promise<Sweep> {
    return answer(this.#api.GET('/v1/sweeps/{id}', { params: { path: { id } }, signal }));
  }

  /** All of them, newest first. */
  list({ signal }: CallOptions = {}): AsyncGenerator<Sweep, void, undefined> {
    return everyItem((query) => answer(this.#api.GET('/v1/sweeps', { params: { query }, signal })));
  }

  cancel(id: string, { signal }: CallOptions = {}): Promise<Sweep> {
    return answer(this.#api.POST('/v1/sweeps/{id}/cancel', { params: { path: { id } }, signal }));
  }

  /** Its models stay. */
  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    await answer(this.#api.DELETE('/v1/sweeps/{id}', { params: { path: { id } }, signal }));
  }

  /** The sweep when all its trials have ended and one is ready. Throws PushforwardError where none is. */
  wait(id: string, options: WaitOptions<Sweep['progress']> = {}): Promise<Sweep> {
    return whenReady(`Sweep ${id}`, () => this.get(id, options), options);
  }
}
