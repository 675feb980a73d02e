import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { answerNotFound } from '../problem.ts';

/** Where the build leaves the console. */
export const consoleDirectory = join(import.meta.dirname, '..', '..', '..', 'console', 'dist');

/** Nothing but what the service itself sends, and no script or style that stands in the page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Paths below which the console has no pages, whatever is asked for there. */
const notOfConsole = /^\/(v\d+|docs|assets|healthz|readyz|metrics)(\/|$)/;

/**
 * The console at `/`, and at every path that is unknown otherwise and that a browser asks a page of: the page itself knows
 * what it shows there. All else that is unknown is a problem.
 */
export const consolePlugin = fp(
  async (app, { directory = consoleDirectory }: { directory?: string }) => {
    const isBuilt = existsSync(join(directory, 'index.html'));
    if (isBuilt)
      await app.register(fastifyStatic, {
        root: join(directory, 'assets'),
        prefix: '/assets/',
        schemaHide: true,
        preCompressed: true,
        // Their names change with their content.
        immutable: true,
        maxAge: '1y',
      });
    const page = (reply: FastifyReply) =>
      isBuilt
        ? reply
            .headers({ 'content-security-policy': contentSecurityPolicy, 'cache-control': 'no-cache' })
            .sendFile('index.html', directory, { cacheControl: false })
        : reply
            .type('text/plain')
            .send('The console is not built: npm run setup builds it. The API is described at /docs.\n');
    app.get('/', { schema: { hide: true } }, (_request, reply) => page(reply));
    app.setNotFoundHandler((request, reply) => (isPage(request) ? page(reply) : answerNotFound(request, reply)));
  },
  { name: 'console', dependencies: ['helmet', 'private-answers'] },
);

function isPage({ method, url, headers }: FastifyRequest): boolean {
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && !notOfConsole.test(url.split('?', 1)[0]) && headers.accept?.includes('text/html') === true;
}
