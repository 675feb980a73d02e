// Builds the client: the types of the API from the OpenAPI document, then JavaScript and declarations in client/dist.
import { spawnSync } from 'node:child_process';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiTypes } from './api-types.ts';

const root = join(import.meta.dirname, '..');
const client = join(root, 'client');

await writeFile(join(client, 'src', 'schema.ts'), await apiTypes());
await rm(join(client, 'dist'), { recursive: true, force: true });
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', join(client, 'tsconfig.build.json')], {
  // Standard output is npm's, where it packs.
  stdio: ['ignore', process.stderr, process.stderr],
});
if (status !== 0) process.exit(status ?? 1);
// npm makes a command executable when it installs, and that was before there was one.
await chmod(join(client, 'dist', 'cli', 'main.js'), 0o755);
