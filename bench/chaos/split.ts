import { Cluster } from './cluster.ts';
import { Deployment, newDirectory } from './deployment.ts';
import { Program } from './program.ts';

/** An API and a worker, each a process of its own, on a PostgreSQL beside them. */
export async function startSplit(): Promise<Deployment> {
  const directory = await newDirectory();
  const cluster = await Cluster.create(directory);
  const environment = { DATABASE_URL: cluster.databaseUrl };
  const api = await Program.start('api', directory, { ...environment, ROLE: 'api' });
  const worker = await Program.start('worker', directory, { ...environment, ROLE: 'worker' }, (startedAt) =>
    cluster.hasWorkerSince(startedAt),
  );
  return new Deployment(directory, {
    programs: [api, worker],
    databaseUrl: async () => cluster.databaseUrl,
    strike: async (kill, pick) => {
      if (kill === 'api') await api.kill();
      else if (kill === 'worker') await worker.kill();
      else if (kill === 'database') await cluster.kill();
      else await cluster.killBackend(pick);
    },
    restore: async (kill) => {
      if (kill === 'api') await api.start();
      else if (kill === 'worker') await worker.start();
      else if (kill === 'database') await cluster.start();
    },
    stop: () => cluster.stop(),
  });
}
