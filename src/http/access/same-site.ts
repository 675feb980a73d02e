import fp from 'fastify-plugin';
import { RequestError } from '../errors.ts';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses requests that change something and that a browser makes for a page of another origin. There are no cookies to abuse, but
 * a service without keys on this machine takes what any page sends it: a form needs nobody's leave to be sent across origins.
 * Clients that are no browsers send none of these headers.
 */
export const sameSitePlugin = fp(
  async (app) => {
    app.addHook('onRequest', async ({ method, headers }) => {
      if (safeMethods.has(method)) return;
      const { origin, host, 'sec-fetch-site': site } = headers;
      const isForeign = origin === undefined ? site === 'cross-site' || site === 'same-site' : hostOf(origin) !== host;
      if (!isForeign) return;
      const detail = `The request comes from a page of ${origin ?? 'another origin'}: expected one of this service, ${host}.`;
      throw new RequestError(403, 'cross-origin', detail);
    });
  },
  { name: 'same-site' },
);

/** As the header Host has it; undefined for an origin that is none, "null". */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
