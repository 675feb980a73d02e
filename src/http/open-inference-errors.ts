import type { FastifyError, FastifyInstance } from 'fastify';
import type { Limits } from '../config.ts';
import { toProblem } from './problem.ts';

/** Answers every error below `app`'s prefix as the Open Inference Protocol has it: `{"error": ".."}`. */
export function answerWithErrors(app: FastifyInstance, { maxInferenceBytes }: Pick<Limits, 'maxInferenceBytes'>): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, detail, code, headers } = toProblem(error, request);
    if (status >= 500 && status !== 503) request.log.error({ err: error }, 'request failed');
    if (headers) reply.headers(headers);
    // It is held in memory as a whole, and has a limit of its own.
    const isTooLarge = code === 'body-too-large';
    return reply.code(status).send({
      error: isTooLarge ? `The body is larger than MAX_INFERENCE_BYTES=${maxInferenceBytes} allows.` : detail,
    });
  });
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply.code(404).send({ error: `There is no route ${method} ${url.split('?', 1)[0]}.` }),
  );
}
