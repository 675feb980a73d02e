import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseJson } from '../../table/nested-json.ts';
import { RequestError } from '../errors.ts';

const type = 'application/json';

/**
 * Lets the routes of `app` read JSON bodies: `__proto__` and what is nested too deep are refused. `see` is shown the bytes of each
 * before.
 */
export function acceptJson(
  app: FastifyInstance,
  see: (request: FastifyRequest, bytes: Buffer) => void = () => {},
): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  // That of the routes around.
  app.removeContentTypeParser(type);
  app.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, (request, bytes, done) => {
    see(request, bytes);
    const text = bytes.toString();
    try {
      // Read twice, since that which refuses `__proto__` does not tell how deep it goes.
      if (text !== '') parseJson(text);
    } catch (error) {
      const message = `The body is not valid JSON: ${error instanceof Error ? error.message : error}.`;
      done(new RequestError(400, 'invalid-json', message));
      return;
    }
    parse(request, text, done);
  });
}
