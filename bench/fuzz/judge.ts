import type { Answer, Wire } from './exchange.ts';

/** What is wrong with an answer to whatever it was; undefined where nothing is. */
export function wrongWith(answer: Answer | undefined, { ending }: Wire, path: string): string | undefined {
  if (answer === undefined) return ending === 'wait' ? 'the connection was closed without an answer' : undefined;
  const { status, headers } = answer;
  if (status === 503) return headers.has('retry-after') ? undefined : '503 without Retry-After';
  if (!(status >= 200 && status < 500)) return `status ${status}: ${shown(answer)}`;
  const isJson = /^application\/(.*\+)?json/.test(headers.get('content-type') ?? '');
  const body = isJson ? json(answer) : undefined;
  if (isJson && body === undefined) return `${status} with JSON that is none: ${shown(answer)}`;
  return status < 400 ? undefined : wrongWithError(answer, Object(body), path);
}

function wrongWithError(answer: Answer, body: Record<string, unknown>, path: string): string | undefined {
  const { status, headers } = answer;
  const says = (key: string) => typeof body[key] === 'string' && body[key] !== '';
  const isProblem =
    headers.get('content-type')?.startsWith('application/problem+json') &&
    ['type', 'title', 'detail', 'instance', 'code'].every(says) &&
    body['status'] === status;
  // What is no request, or has another path, is not answered in the form of the protocol.
  return isProblem || (path.startsWith('/v2') && says('error'))
    ? undefined
    : `${status} that is no problem document: ${shown(answer)}`;
}

function json({ body }: Answer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

export const shown = ({ body }: Answer) => body.toString('utf8', 0, 300);
