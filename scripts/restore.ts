/** Puts a backup into an empty database: `npm run restore -- FILE`. */
import { resolve } from 'node:path';
import { loadConfig } from '../src/config.ts';
import { enqueueUnended } from '../src/queue/queue.ts';
import { restoreBackup, verifyBackup } from '../src/store/backup/restore.ts';
import { openDatabase } from '../src/store/maintenance.ts';
import { asOperator, scriptLog, UsageError } from './operator.ts';

await asOperator(async () => {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new UsageError('expected a file to restore: npm run restore -- FILE');
  const { databaseUrl, dataDirectory } = loadConfig(process.env);
  const backup = await verifyBackup(resolve(file));
  await using database = await openDatabase({ databaseUrl, dataDirectory, beside: 'no service', log: scriptLog });
  let queued = 0;
  await restoreBackup(database.pool, backup, async (client) => {
    queued = await enqueueUnended(client, database.databaseUrl, scriptLog);
  });
  const { version, createdAt } = backup.manifest;
  console.error(`Restored ${backup.path}, of Pushforward ${version} at ${createdAt}; models in the queue: ${queued}`);
});
