/** Writes everything that the service keeps to a file: `npm run backup -- [FILE]`. `-` is standard output. */
import { resolve } from 'node:path';
import { loadConfig } from '../src/config.ts';
import { backUp } from '../src/store/backup/backup.ts';
import { writeWhole } from '../src/store/backup/file.ts';
import { openDatabase } from '../src/store/maintenance.ts';
import { asOperator, scriptLog } from './operator.ts';

const [file = `pushforward-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}.backup`] = process.argv.slice(2);

await asOperator(async () => {
  const { databaseUrl, dataDirectory } = loadConfig(process.env);
  await using database = await openDatabase({ databaseUrl, dataDirectory, beside: 'running service', log: scriptLog });
  const { pool } = database;
  const tables =
    file === '-' ? await backUp(pool, process.stdout) : await writeWhole(resolve(file), (sink) => backUp(pool, sink));
  const counts = Object.entries(tables).map(([name, { rows }]) => `${name} ${rows}`);
  console.error(`Wrote ${file === '-' ? 'the backup' : resolve(file)}, in rows: ${counts.join(', ')}`);
});
