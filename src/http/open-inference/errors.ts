import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Limits } from '../../config.ts';
import { toProblem } from '../problem.ts';

/** Answers every error below `app`'s prefix as the Open Inference Protocol has it: `{"error": ".."}`. */
export function answerWithErrors(app: FastifyInstance, { maxInferenceBytes }: Pick<Limits, 'maxInferenceBytes'>): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    // A request of the protocol is held in memory as a whole, and has a limit of its own.
    if (error.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return answerWithError(error, request, reply);
    return reply.code(413).send({ error: `The body is larger than MAX_INFERENCE_BYTES=${maxInferenceBytes} allows.` });
  });
  app.setNotFoundHandler(({ method, url }, reply) =>
    reply.code(404).send({ error: `There is no route ${method} ${url.split('?', 1)[0]}.` }),
  );
}

/** Answers one error. */
export function answerWithError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const { status, detail, headers = {} } = toProblem(error, request);
  if (status >= 500 && status !== 503) request.log.error({ err: error }, 'request failed');
  return reply.code(status).headers(headers).send({ error: detail });
}
