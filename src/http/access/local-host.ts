import { isIP } from 'node:net';
import { RequestError } from '../errors.ts';

/** Where only this machine can reach a service. */
export const loopback = ['127.0.0.1', '::1', 'localhost'];

/** Whether only this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return loopback.includes(host);
}

/**
 * Throws RequestError where a request was sent to a name that may be anybody's: a page in a browser here can have its own name point
 * to this machine (DNS rebinding) and would then be taken for its user. Addresses cannot be made to point elsewhere.
 */
export function checkLocalHost(host: string | undefined): void {
  const url = URL.parse(`http://${host}`);
  const name = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  if (host === undefined || isIP(name) > 0 || isLoopback(name)) return;
  throw new RequestError(
    421,
    'foreign-host',
    `Host: ${host}: while there are no API keys expected ${loopback.join(', ')} or an address.`,
  );
}
