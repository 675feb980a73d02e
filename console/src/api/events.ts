import { EventSourceParserStream } from 'eventsource-parser/stream';
import { authorization } from './key.ts';
import { errorOf, toApiError } from './problem.ts';
import type { ModelStatus } from './types.ts';

/** How far a training was at one moment. Log-likelihoods are means in nats per row. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly trainLogProb: number | null;
  readonly validationLogProb: number | null;
  /** What simple densities reach on the validation rows. */
  readonly gaussianValidationLogProb?: number | null;
  readonly independentValidationLogProb?: number | null;
  readonly rowsPerSecond: number;
  readonly elapsedSeconds?: number;
  readonly etaSeconds: number;
}

export type ModelEvent =
  | { readonly type: 'progress'; readonly data: Progress }
  | { readonly type: 'status'; readonly data: { readonly status: ModelStatus } };

const reconnectMilliseconds = 2000;

/**
 * What happens to a model, from the beginning until its training has ended or `signal` aborts. By fetch, for an EventSource sends no
 * key. A connection that breaks is made again where it broke. Throws ApiError where the service refuses.
 */
export async function* followModel(id: string, signal: AbortSignal): AsyncGenerator<ModelEvent> {
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      const response = await fetch(`/v1/models/${id}/events`, {
        headers: { ...authorization(), ...(last !== undefined && { 'last-event-id': last }) },
        signal,
      });
      if (response.status === 204) return;
      if (!response.ok) throw errorOf(response.status, await response.json(), response.headers.get('retry-after'));
      if (!response.body) return;
      const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const { id: eventId, event, data } of iterate(events)) {
        last = eventId ?? last;
        if (event === 'progress' || event === 'status') yield { type: event, data: JSON.parse(data) };
      }
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toApiError(thrown);
      if (error.status >= 400 && error.status < 500 && error.status !== 429) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, reconnectMilliseconds));
  }
}

/** Not every browser can iterate over a stream. */
async function* iterate<Item>(stream: ReadableStream<Item>): AsyncGenerator<Item> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
