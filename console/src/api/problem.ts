import { isKeyAsked } from './key.ts';
import type { Problem } from './types.ts';

/** What the service, or the way to it, has against a request: in its own words, with the places it names. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: NonNullable<Problem['errors']>;
  /** In how many seconds it may be tried again, where the service says so. */
  readonly retryAfter: number | undefined;

  constructor(
    detail: string,
    { status = 0, errors = [], retryAfter }: Partial<Pick<ApiError, 'status' | 'errors' | 'retryAfter'>> = {},
  ) {
    super(detail);
    this.name = 'ApiError';
    this.status = status;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/** The error of an answer that is none of success. Notes where a key is asked for. */
export function errorOf(status: number, body: unknown, retryAfter: string | null): ApiError {
  if (status === 401) isKeyAsked.value = true;
  const seconds = Number(retryAfter ?? Number.NaN);
  const { detail, errors } = isProblem(body)
    ? body
    : { detail: `The service answered with status ${status}.`, errors: [] };
  return new ApiError(detail, { status, errors, retryAfter: Number.isFinite(seconds) ? seconds : undefined });
}

/** Whatever was thrown, as an error that can be shown. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  // What fetch throws where there is no answer.
  if (error instanceof TypeError) return new ApiError(`The service cannot be reached (${error.message}).`);
  return new ApiError(error instanceof Error ? error.message : String(error));
}

/** What its reader can do about an error. */
export function adviceFor({ status, retryAfter }: ApiError): string {
  if (retryAfter !== undefined) return `Try again in ${retryAfter} s.`;
  return advice[status] ?? (status >= 500 ? 'The log of the service has the reason.' : '');
}

const advice: Readonly<Record<number, string>> = {
  0: 'See whether it runs, and try again.',
  400: 'Correct what is named, and send it again.',
  401: 'Sign in with a key that the service knows.',
  403: 'Sign in with a key that has this scope.',
  404: 'It may have been deleted: go back to the list.',
  409: 'Wait until the state is another one, or stop what holds it.',
  413: 'Send less, or have the named limit raised.',
  415: 'Send a CSV, JSON, NDJSON or Parquet file.',
  422: 'Correct what is named, and send it again.',
};

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'detail' in body && typeof body.detail === 'string';
}
