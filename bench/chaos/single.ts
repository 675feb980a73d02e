import { join } from 'node:path';
import { embeddedUrl } from '../query.ts';
import { postmasterIn } from './cluster.ts';
import { Deployment, newDirectory } from './deployment.ts';
import { Program } from './program.ts';

/** One process, with the PostgreSQL that it starts itself. */
export async function startSingle(): Promise<Deployment> {
  const directory = await newDirectory();
  const service = await Program.start('service', directory, { ROLE: 'all' });
  const killDatabase = async () =>
    void process.kill(await postmasterIn(join(service.dataDirectory, 'postgres')), 'SIGKILL');
  return new Deployment(directory, {
    programs: [service],
    databaseUrl: () => embeddedUrl(service.dataDirectory),
    strike: async (kill) => {
      if (kill === 'embedded database') return killDatabase();
      await service.kill();
      if (kill === 'service and database') await killDatabase();
    },
    restore: async (kill) => {
      if (kill !== 'embedded database') await service.start();
    },
    stop: async () => {},
  });
}
