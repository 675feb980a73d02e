import { type Api, answer, everyItem, once } from './api.ts';
import { type WaitOptions, whenReady } from './ended.ts';
import type { Body, CallOptions, Job } from './types.ts';

export type NewJob = Body<'createJob'>;

/** Work on many rows, in the background, whose result is a dataset. */
export class Jobs {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  create(modelId: string, body: NewJob, { signal }: CallOptions = {}): Promise<Job> {
    const params = { path: { id: modelId }, header: once() };
    return answer(this.#api.POST('/v1/models/{id}/jobs', { body, params, signal }));
  }

  get(id: string, { signal }: CallOptions = {}): Promise<Job> {
    return answer(this.#api.GET('/v1/jobs/{id}', { params: { path: { id } }, signal }));
  }

  /** All of them, newest first. */
  list({ signal }: CallOptions = {}): AsyncGenerator<Job, void, undefined> {
    return everyItem((query) => answer(this.#api.GET('/v1/jobs', { params: { query }, signal })));
  }

  cancel(id: string, { signal }: CallOptions = {}): Promise<Job> {
    return answer(this.#api.POST('/v1/jobs/{id}/cancel', { params: { path: { id } }, signal }));
  }

  async delete(id: string, { signal }: CallOptions = {}): Promise<void> {
    await answer(this.#api.DELETE('/v1/jobs/{id}', { params: { path: { id } }, signal }));
  }

  /** The job when it is ready: its `outputDatasetId` names what came of it. Throws PushforwardError where it failed, or was cancelled. */
  wait(id: string, options: WaitOptions<Job['progress']> = {}): Promise<Job> {
    return whenReady(`Job ${id}`, () => this.get(id, options), options);
  }
}
