import { createServer } from 'node:net';

/** A port of this machine's that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('expected a TCP address'));
      server.close(() => resolve(address.port));
    });
  });
}
