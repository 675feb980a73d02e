import type { FastifyBaseLogger } from 'fastify';
import type { RequestFault } from '../errors.ts';
import type { Services } from '../services.ts';
import { patiently } from './patience.ts';

/** Makes the question what keeps the service from its work: a fault, at the check's name, for each that fails. */
export function readiness({ store, queue, stopping }: Pick<Services, 'store' | 'queue' | 'stopping'>) {
  const ping = patiently(() => store.ping());
  return async (log: FastifyBaseLogger): Promise<RequestFault[]> => {
    if (stopping?.aborted) return [{ path: '/stopping', message: 'The service is stopping.' }];
    const faults: RequestFault[] = [];
    await ping().catch((error) => {
      log.warn({ err: error }, 'the database cannot be reached');
      faults.push({ path: '/database', message: 'The database cannot be reached.' });
    });
    if (!queue.isRunning()) faults.push({ path: '/queue', message: 'The queue is not running.' });
    return faults;
  };
}
