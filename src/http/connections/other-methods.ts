import type { FastifyInstance } from 'fastify';
import { RequestError } from '../errors.ts';
import { answerWithError } from '../open-inference/errors.ts';

/** The paths of the routes that `app` is given from now on. */
export function notePaths(app: FastifyInstance): ReadonlySet<string> {
  const paths = new Set<string>();
  app.addHook('onRoute', ({ url }) => void paths.add(url));
  return paths;
}

/**
 * Answers 405, with what is allowed, where one of the paths is asked for by a method that it is not known by (RFC 9110, 15.5.6):
 * before the body is looked at, and whoever asks.
 */
export function refuseOtherMethods(app: FastifyInstance, paths: ReadonlySet<string>): void {
  for (const url of [...paths]) {
    const isKnown = (method: string) => app.hasRoute({ url, method });
    const allow = app.supportedMethods.filter(isKnown).sort().join(', ');
    app.route({
      url,
      method: app.supportedMethods.filter((method) => !isKnown(method)),
      schema: { hide: true },
      onRequest: async ({ method, url: asked }) => {
        const detail = `${method} ${asked.split('?', 1)[0]}: expected one of the methods ${allow}.`;
        throw new RequestError(405, 'method-not-allowed', detail, { headers: { allow } });
      },
      handler: () => {},
      ...(url.startsWith('/v2') && { errorHandler: answerWithError }),
    });
  }
}
