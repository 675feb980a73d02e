import assert from 'node:assert/strict';

/** A request as it was received, with the bytes of its body. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

type Answer = (request: Received) => Response | Promise<Response>;

/** A fetch that gives these answers, one after the other, and keeps what it was asked. */
export function fakeService(...answers: Answer[]) {
  const received: Received[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const { method, headers } = request;
    const { pathname, search } = new URL(request.url);
    const asked = { method, path: pathname + search, headers, body: await request.text() };
    received.push(asked);
    const answer = answers[received.length - 1] ?? assert.fail(`nobody expected ${method} ${asked.path}`);
    return answer(asked);
  };
  return { fetch, received };
}

export const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  () =>
    Response.json(body, { status, headers });

export const later = (seconds: string, status = 503): Answer => json({}, status, { 'retry-after': seconds });

/** What fetch does where the network fails. */
export const unreachable: Answer = () => {
  throw new TypeError('fetch failed', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) });
};
