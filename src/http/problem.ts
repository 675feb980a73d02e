import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { SpecError } from '../flow/errors.ts';
import { InferenceTimeoutError } from '../serving/errors.ts';
import { ConflictError, NotFoundError, PreconditionError, QuotaError } from '../store/errors.ts';
import { isUnavailable } from '../store/unavailable.ts';
import { TableError, type TableFault } from '../table/errors.ts';
import { RequestError, type RequestFault } from './errors.ts';
import { faultsOf } from './validation.ts';

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly RequestFault[];
  readonly headers?: Readonly<Record<string, string>>;
}

const tableStatus: Readonly<Record<TableFault, number>> = { malformed: 400, unusable: 422, 'too-large': 413 };

const frameworkCodes: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'bad-url',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid-json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid-json',
};

/** Answers a request for a route that does not exist. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply) {
  return send(reply, request, {
    status: 404,
    code: 'route-not-found',
    detail: `There is no route ${request.method} ${request.url.split('?', 1)[0]}.`,
  });
}

/** Answers one error; those that come before a route is found arrive here by themselves. */
export function answerWithProblem(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const problem = toProblem(error, request);
  if (reply.raw.destroyed) request.log.info({ err: error }, 'the client went away');
  else if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
  if (problem.headers) reply.headers(problem.headers);
  return send(reply, request, problem);
}

function send(reply: FastifyReply, request: FastifyRequest, { status, code, detail, errors }: Problem) {
  return reply
    .code(status)
    .type('application/problem+json')
    .send({
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      detail,
      instance: `urn:uuid:${request.id}`,
      code,
      ...(errors && errors.length > 0 && { errors }),
    });
}

/** The one place that knows which error means which status. */
export function toProblem(error: FastifyError, request: FastifyRequest): Problem {
  if (error instanceof RequestError)
    return {
      status: error.status,
      code: error.code,
      detail: error.message,
      errors: error.faults,
      headers: error.headers,
    };
  if (error instanceof TableError) return { ...located(error), status: tableStatus[error.fault], code: error.code };
  if (error instanceof SpecError) return { ...located(error), status: 422, code: 'invalid-flow' };
  if (error instanceof NotFoundError) return { status: 404, code: error.code, detail: sentence(error) };
  if (error instanceof ConflictError)
    return {
      ...{ status: 409, code: error.code, detail: sentence(error) },
      // The one conflict that passes by itself.
      ...(error.code === 'idempotency-key-in-use' && { headers: { 'retry-after': '1' } }),
    };
  if (error instanceof PreconditionError) return { status: 412, code: 'precondition-failed', detail: sentence(error) };
  if (error instanceof QuotaError)
    return { status: 429, code: error.code, detail: sentence(error), headers: { 'retry-after': '30' } };
  if (error instanceof InferenceTimeoutError)
    return {
      status: 503,
      code: 'inference-timeout',
      detail: `${error.message}: try again after the time in Retry-After.`,
      headers: { 'retry-after': '5' },
    };
  if (isUnavailable(error))
    return {
      status: 503,
      code: 'database-unavailable',
      detail: 'The database cannot be reached: try again after the time in Retry-After.',
      headers: { 'retry-after': '5' },
    };
  if (error.validation) {
    const errors = faultsOf(error.validation);
    const [{ path, message }] = errors;
    return { status: 400, code: 'invalid-request', detail: `${error.validationContext}${path}: ${message}`, errors };
  }
  return frameworkProblem(error, request);
}

function frameworkProblem(error: FastifyError, request: FastifyRequest): Problem {
  const status = error.statusCode ?? 500;
  if (status === 415) return { status, code: 'unsupported-media-type', detail: unsupportedType(request) };
  if (status === 503)
    return {
      status,
      code: 'overloaded',
      detail:
        'The service is further behind than MAX_EVENT_LOOP_DELAY allows: try again after the time in Retry-After.',
    };
  if (status === 413)
    return {
      status,
      code: 'body-too-large',
      detail: `The body is larger than MAX_BODY_BYTES=${request.routeOptions.bodyLimit} allows.`,
    };
  if (status >= 500)
    return {
      status: 500,
      code: 'internal-error',
      detail: 'The service failed; its log has the reason under this instance.',
    };
  return { status, code: frameworkCodes[error.code] ?? 'bad-request', detail: error.message };
}

function unsupportedType(request: FastifyRequest): string {
  const body = request.routeOptions.schema?.body;
  const types = typeof body === 'object' && body !== null && 'content' in body ? Object.keys(Object(body.content)) : [];
  const expected = types.length > 0 ? types : ['application/json'];
  return `Content-Type ${request.headers['content-type'] ?? '(none)'}: expected ${expected.join(' or ')}.`;
}

function located({ path, message }: TableError | SpecError) {
  if (path === undefined) return { detail: message };
  return { detail: path === '' ? message : `${path}: ${message}`, errors: [{ path, message }] };
}

/** The store's messages begin as part of a sentence. */
function sentence({ message }: Error): string {
  return `${message[0].toUpperCase()}${message.slice(1)}.`;
}
