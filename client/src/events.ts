import { EventSourceParserStream } from 'eventsource-parser/stream';
import { PushforwardError } from './error.ts';
import { delayBefore, pause, type RetryPolicy } from './retry.ts';
import { iterate } from './streams.ts';
import type { Transport } from './transport.ts';
import type { CallOptions, Model, Progress } from './types.ts';

/** What happens to a model; the id tells the service, and `watch`, where to go on. */
export type ModelEvent =
  | { readonly id: string | undefined; readonly type: 'status'; readonly data: { readonly status: Model['status'] } }
  | { readonly id: string | undefined; readonly type: 'progress'; readonly data: Progress };

export interface WatchOptions extends CallOptions {
  /** The id of the last event that is known; the ones after it come. All of them without it. */
  readonly lastEventId?: string | undefined;
}

/** More patient than requests are: a service that is started anew is waited for, about a minute. */
const patience: RetryPolicy = { retries: 12, firstDelay: 250, longestDelay: 8_000 };

/** Whether something may still happen to a model of this status. */
export function isUnderWay(status: Model['status']): boolean {
  return status === 'queued' || status === 'training';
}

/**
 * The events of a model, until nothing will happen to it any more. A connection that breaks is made again and goes on after the last
 * event that came. By fetch, for an EventSource sends no key. Throws PushforwardError where the service refuses, or stays away.
 */
export async function* watchModel(
  transport: Transport,
  id: string,
  { lastEventId, signal }: WatchOptions,
  policy: RetryPolicy = patience,
): AsyncGenerator<ModelEvent, void, undefined> {
  let last = lastEventId;
  for (let failures = 0; ; failures++) {
    try {
      const response = await transport.ask(`/v1/models/${encodeURIComponent(id)}/events`, {
        headers: last === undefined ? {} : { 'last-event-id': last },
        repeatable: false,
        signal,
      });
      // There are no more.
      if (response.status === 204 || !response.body) return;
      for await (const event of eventsOf(response.body)) {
        failures = 0;
        last = event.id ?? last;
        yield event;
        if (event.type === 'status' && !isUnderWay(event.data.status)) return;
      }
    } catch (thrown) {
      if (signal?.aborted || !isPassing(thrown) || failures >= policy.retries) throw thrown;
    }
    if (failures >= policy.retries)
      throw new PushforwardError(`The connection to the service at ${transport.url} broke again and again.`, {
        code: 'connection-lost',
      });
    await pause(delayBefore(failures, policy), signal);
  }
}

async function* eventsOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<ModelEvent, void, undefined> {
  const messages = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { id, event, data } of iterate(messages))
    if (event === 'status' || event === 'progress') yield { id, type: event, data: JSON.parse(data) };
}

/** Whether it may go by: no answer, one that broke off, or one of "later". */
function isPassing(thrown: unknown): boolean {
  if (!(thrown instanceof PushforwardError)) return thrown instanceof TypeError;
  const { status } = thrown;
  return status === undefined || status === 429 || status >= 500;
}
