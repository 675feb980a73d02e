import type { FastifyRequest } from 'fastify';
import { maskedKeys } from '../../telemetry/masked-keys.ts';

/** How requests stand in the log: without headers, and without keys that a client put where they do not belong. */
export const logSerializers = {
  req: ({ method, url, host, ip, socket }: FastifyRequest) => ({
    method,
    url: masked(url),
    host,
    remoteAddress: ip,
    remotePort: socket?.remotePort,
  }),
};

/** Of a query, where keys of others may be, only the names are kept. */
function masked(url: string): string {
  const [path, query] = maskedKeys(url).split('?', 2);
  if (query === undefined) return path;
  return `${path}?${[...new URLSearchParams(query).keys()].map(encodeURIComponent).join('&')}`;
}
