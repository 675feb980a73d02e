import type { FastifyError, FastifyInstance } from 'fastify';
import { toProblem } from './problem.ts';

/** The bytes of one inference request, at most: it is held in memory as a whole. */
export const largestInference = 128 * 2 ** 20;

/** Answers every error below `app`'s prefix as the Open Inference Protocol has it: `{"error": ".."}`. */
export function answerWithErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, detail, code, headers } = toProblem(error, request);
    if (status >= 500 && status !== 503) request.log.error({ err: error }, 'request failed');
    if (headers) reply.headers(headers);
    const isTooLarge = code === 'body-too-large';
    return reply.code(status).send({
      error: isTooLarge ? `The body is larger than ${largestInference} bytes, the most that it may be.` : detail,
    });
  });
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply.code(404).send({ error: `There is no route ${method} ${url.split('?', 1)[0]}.` }),
  );
}
