import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { configReference } from '../../src/config/reference.ts';

const root = join(import.meta.dirname, '..', '..');
const textOf = (path: string) => readFile(join(root, path), 'utf8');

test('the committed reference is that of the settings', async () => {
  assert.equal(await textOf('docs/configuration.md'), configReference(), 'run npm run config-docs');
});

const ofPrograms = /process\.env(?:\.|\[')([A-Z][A-Z\d_]+)/g;
const ofCompose = /\$\{([A-Z][A-Z\d_]+)/g;
const folders = ['src', 'scripts', 'test', 'bench'];
const isProgram = (path: string) => /\.m?[jt]s$/.test(path) && !/client|\.venv/.test(path);

test('every variable that is read is in it', async () => {
  const lists = folders.map(async (folder) => {
    const paths = await readdir(join(root, folder), { recursive: true });
    return paths.filter(isProgram).map((path) => join(folder, path));
  });
  const found = new Set<string>();
  const note = async (path: string, pattern: RegExp) => {
    for (const [, name = ''] of (await textOf(path)).matchAll(pattern)) found.add(name);
  };
  for (const path of [...(await Promise.all(lists)).flat(), 'prisma.config.ts']) await note(path, ofPrograms);
  await note('docker-compose.yml', ofCompose);
  // The system's own, and what the service itself sets.
  for (const name of ['PATH', 'ORT_DISABLE_TELEMETRY']) found.delete(name);
  assert.ok(found.size >= 8, [...found].join(', '));
  const reference = configReference();
  const missing = [...found].filter((name) => !reference.includes(`\`${name}\``));
  assert.deepEqual(missing, []);
});
