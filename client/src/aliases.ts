import { type Api, answer, everyItem } from './api.ts';
import type { Alias, CallOptions } from './types.ts';

/** Names that stand for a model, and move from one to another. */
export class Aliases {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  get(name: string, { signal }: CallOptions = {}): Promise<Alias> {
    return answer(this.#api.GET('/v1/aliases/{name}', { params: { path: { name } }, signal }));
  }

  list({ signal }: CallOptions = {}): AsyncGenerator<Alias, void, undefined> {
    return everyItem((query) => answer(this.#api.GET('/v1/aliases', { params: { query }, signal })));
  }

  /** Has the name stand for the model from now on. */
  set(name: string, modelId: string, { signal }: CallOptions = {}): Promise<Alias> {
    return answer(this.#api.PUT('/v1/aliases/{name}', { params: { path: { name } }, body: { modelId }, signal }));
  }

  /** Takes the last move back. It is never sent twice, for twice would be two moves. */
  rollback(name: string, { signal }: CallOptions = {}): Promise<Alias> {
    return answer(this.#api.POST('/v1/aliases/{name}/rollback', { params: { path: { name } }, signal }));
  }

  async delete(name: string, { signal }: CallOptions = {}): Promise<void> {
    await answer(this.#api.DELETE('/v1/aliases/{name}', { params: { path: { name } }, signal }));
  }
}
