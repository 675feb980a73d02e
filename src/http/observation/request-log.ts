import type { FastifyRequest } from 'fastify';

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

/** Keys of this service are known by their beginning; of a query, where others may be, only the names are kept. */
function masked(url: string): string {
  const [path, query] = url.replace(/pf_[\w-]+/g, 'pf_***').split('?', 2);
  if (query === undefined) return path;
  return `${path}?${[...new URLSearchParams(query).keys()].map(encodeURIComponent).join('&')}`;
}
