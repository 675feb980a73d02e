// Builds the client: the types of the API from the OpenAPI document, then JavaScript and declarations in client/dist.
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiTypes } from './api-types.ts';

const root = join(import.meta.dirname, '..');
const client = join(root, 'client');
const dist = join(client, 'dist');

await writeFile(join(client, 'src', 'schema.ts'), await apiTypes());
// Beside what is there, which stays as it is until all of the new is there, too.
const made = await mkdtemp(join(client, '.dist-'));
try {
  compile(made);
  await chmod(made, 0o755);
  // What scripts/setup.mjs knows it by is of the sources.
  await copyFile(join(dist, '.built'), join(made, '.built')).catch(() => {});
  await rm(dist, { recursive: true, force: true });
  await rename(made, dist);
} finally {
  await rm(made, { recursive: true, force: true });
}

function compile(outDir: string): void {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', join(client, 'tsconfig.build.json'), '--outDir', outDir];
  // Standard output is npm's, where it packs.
  const { status } = spawnSync(process.execPath, [compiler, ...options], {
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) throw new Error('The client does not compile.');
}
