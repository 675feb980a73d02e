import type { Problem } from './types.ts';

/** One thing that is wrong with a request, and where: a JSON pointer into the body, or the name of a parameter. */
export type Fault = NonNullable<Problem['errors']>[number];

interface ErrorDetails {
  /** The HTTP status; undefined where there was no answer, or what failed was a training or a job. */
  readonly status?: number | undefined;
  /** What is wrong, for programs. */
  readonly code: string;
  readonly errors?: readonly Fault[];
  readonly cause?: unknown;
}

/**
 * What the service, or the way to it, has against a request: the problem document of the answer. Without an answer the code is
 * `unreachable`, or `connection-lost` where one broke off.
 */
export class PushforwardError extends Error {
  readonly status: number | undefined;
  readonly code: string;
  /** What is wrong, in words. */
  readonly detail: string;
  readonly errors: readonly Fault[];

  constructor(detail: string, { status, code, errors = [], cause }: ErrorDetails) {
    super(detail, { cause });
    this.name = 'PushforwardError';
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.errors = errors;
  }
}

/** The error of an answer that is none of success, from its body. */
export function errorOf(status: number, body: unknown): PushforwardError {
  if (isProblem(body)) return new PushforwardError(body.detail, { ...body, status });
  return new PushforwardError(`The service answered with status ${status}.`, { status, code: `http-${status}` });
}

export async function errorOfResponse(response: Response): Promise<PushforwardError> {
  return errorOf(response.status, await response.json().catch(() => undefined));
}

/** What fetch threw in place of an answer: as it is where the caller ended it, else as an error that says what is wrong. */
export function unreachable(thrown: unknown, url: string): unknown {
  if (!(thrown instanceof TypeError)) return thrown;
  const detail = `The service at ${url} cannot be reached (${reasonOf(thrown)}).`;
  return new PushforwardError(detail, { code: 'unreachable', cause: thrown });
}

/** The same of what reading an answer threw. */
export function brokenAnswer(thrown: unknown): unknown {
  if (thrown instanceof SyntaxError)
    return new PushforwardError('The answer is not one of Pushforward: it is no JSON.', {
      code: 'unexpected-answer',
      cause: thrown,
    });
  if (!(thrown instanceof TypeError)) return thrown;
  const detail = `The connection to the service broke within an answer (${reasonOf(thrown)}).`;
  return new PushforwardError(detail, { code: 'connection-lost', cause: thrown });
}

/** What Node says of it is in the cause. */
function reasonOf({ message, cause }: Error): string {
  if (!(cause instanceof Error)) return message;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === 'object' &&
    body !== null &&
    'detail' in body &&
    typeof body.detail === 'string' &&
    'code' in body &&
    typeof body.code === 'string'
  );
}
