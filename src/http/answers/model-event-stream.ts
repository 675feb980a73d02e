import type { ModelStatus } from '../../store/model.ts';
import type { ModelEvent } from '../../store/model-events.ts';
import type { OwnModels } from '../../store/models.ts';
import type { News } from '../../store/news.ts';

/** How late an event is, at most, of which no news came. */
const pollMilliseconds = 1_000;
/** Proxies close a connection on which nothing was said for long. */
const heartbeatMilliseconds = 15_000;

/** Whether nothing will happen any more to a model of this status. */
export function isFinal(status: unknown): boolean {
  const final: readonly ModelStatus[] = ['ready', 'failed', 'cancelled'];
  return final.some((candidate) => candidate === status);
}

/**
 * The events of a model after the sequence number `after`, as the text of server-sent events, until the model has ended
 * or been deleted, or `signal` aborts. Each is read only when the one before has been taken.
 */
export async function* followModel(
  { models, news }: { models: Pick<OwnModels, 'events'>; news: Pick<News, 'watch'> },
  id: string,
  { after, signal }: { after: number; signal: AbortSignal },
): AsyncGenerator<string> {
  using watch = news.watch(id);
  let last = after;
  // The head of the answer goes out with the first that is said: where there is nothing yet, that is said at once.
  let lastSaid = 0;
  while (!signal.aborted) {
    for (const event of await models.events(id, { after: last })) {
      yield toText(event);
      last = event.sequence;
      lastSaid = Date.now();
      if (event.type === 'status' && isFinal(event.data['status'])) return;
    }
    if (Date.now() - lastSaid >= heartbeatMilliseconds) {
      yield ': still here\n\n';
      lastSaid = Date.now();
    }
    await watch.change(pollMilliseconds, signal);
  }
}

function toText({ sequence, type, data }: ModelEvent): string {
  return `id: ${sequence}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
