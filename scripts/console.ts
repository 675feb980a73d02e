// Builds the console: what it takes from the OpenAPI document (the types of the API, the schema of trainings), the page, and each of its files compressed.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'vite';
import { apiTypes } from './api-types.ts';

const root = join(import.meta.dirname, '..', 'console');

await writeFile(join(root, 'src', 'api', 'schema.d.ts'), await apiTypes());
await writeFile(join(root, 'src', 'api', 'training.json'), JSON.stringify(await trainingSchema()));
await build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn' });
await compress(join(root, 'dist'));

/** What may be said of a training: a form is made of it. */
async function trainingSchema(): Promise<object> {
  const { paths } = JSON.parse(await readFile(new URL('../openapi/openapi.json', import.meta.url), 'utf8'));
  return paths['/v1/models'].post.requestBody.content['application/json'].schema.properties.training;
}

/** Puts beside each file what the service sends in its place to those who take it compressed. */
async function compress(directory: string): Promise<void> {
  for (const file of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const bytes = await readFile(path);
    await writeFile(`${path}.br`, brotliCompressSync(bytes));
    await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  }
}
