import type { FastifyServerOptions } from 'fastify';

/** What callers may name a request: nothing that could be taken for another line of the log, or fill it. */
const usable = /^[\w.:/+=-]{1,128}$/;

/** The log of one request: with its own id, and beside it, where there is one, the id that the caller gave it. */
export const logWithCallerId: NonNullable<FastifyServerOptions['childLoggerFactory']> = (
  log,
  bindings,
  options,
  { headers },
) => {
  const given = headers['x-request-id'];
  const named = typeof given === 'string' && usable.test(given);
  return log.child(named ? { ...bindings, clientRequestId: given } : bindings, options);
};
