import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import rootPackage from '../../package.json' with { type: 'json' };
import { temporaryDirectory } from '../../test/support/postgres.ts';
import clientPackage from '../package.json' with { type: 'json' };

const execute = promisify(execFile);
const client = join(import.meta.dirname, '..');
const modules = join(client, '..', 'node_modules');

const consumer = `
import { type Dataset, type Model, Pushforward, PushforwardError, type paths } from 'pushforward';

const client = new Pushforward({ url: 'http://127.0.0.1:9', retry: { retries: 0 } });

export async function use(rows: { x: number; y: string | null }[]): Promise<Model> {
  const dataset: Dataset = await client.datasets.upload(rows, { name: 'points', columns: ['x', { name: 'y', kind: 'categorical' }] });
  const { id } = await client.models.train({ datasetId: dataset.id, flow: 'real-nvp', seed: 1, training: { steps: 100 } });
  for await (const event of client.models.watch(id)) if (event.type === 'progress') console.log(event.data.step);
  const csv: ReadableStream<Uint8Array> = await client.models.sample(id, { n: 10, format: 'csv' });
  const { rows: drawn } = await client.models.sample(id, { n: 10 });
  const first: string | number | boolean | null = drawn[0][0];
  const { logProb } = await client.models.logProb(id, [[1, 'a']]);
  const nats: number | null = logProb[0];
  const { data, error } = await client.api.GET('/v1/models/{id}', { params: { path: { id } } });
  const detail: string | undefined = error?.detail;
  const status: Model['status'] | undefined = data?.status;
  // @ts-expect-error There is no such route.
  await client.api.GET('/v1/nothing');
  // @ts-expect-error Rows are JSON, unless a format is named.
  const text: ReadableStream = await client.models.sample(id);
  console.log(csv, first, nats, detail, status, text);
  return client.models.wait(id, { onProgress: ({ etaSeconds }) => console.log(etaSeconds), signal: AbortSignal.timeout(1000) });
}

export type Routes = keyof paths;
await client.models.get('a').catch((error: unknown) => {
  if (!(error instanceof PushforwardError)) throw error;
  const { status, code, errors }: { status: number | undefined; code: string; errors: readonly { path: string; message: string }[] } = error;
  console.log(status, code, errors);
});
`;

describe('the package', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let installed: string;

  before(async () => {
    directory = await temporaryDirectory();
    const npm = ['pack', '--silent', '--pack-destination', directory.path];
    const { stdout } = await execute('npm', npm, { cwd: client });
    installed = join(directory.path, 'node_modules', 'pushforward');
    await mkdir(installed, { recursive: true });
    await execute('tar', ['-xzf', join(directory.path, stdout.trim()), '-C', installed, '--strip-components=1']);
    for (const name of Object.keys(clientPackage.dependencies))
      await symlink(join(modules, name), join(directory.path, 'node_modules', name));
    await writeFile(join(directory.path, 'package.json'), '{"type":"module"}');
  });
  after(() => directory?.[Symbol.asyncDispose]());

  test('has what is built of its sources, and no more', async () => {
    assert.deepEqual((await readdir(installed)).sort(), ['LICENSE', 'README.md', 'bin', 'dist', 'package.json']);
    const files = await readdir(join(installed, 'dist'), { recursive: true, withFileTypes: true });
    const packed = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    const sources = await readdir(join(client, 'src'), { recursive: true, withFileTypes: true });
    const expected = sources
      .filter((file) => file.isFile())
      .map((file) => join(installed, 'dist', file.parentPath.slice(join(client, 'src').length), file.name.slice(0, -3)))
      .flatMap((path) => [`${path}.d.ts`, `${path}.js`]);
    assert.deepEqual(packed.sort(), expected.sort());
    assert.equal(clientPackage.version, rootPackage.version);
    const licences = [join(installed, 'LICENSE'), join(client, '..', 'LICENSE')];
    const [own, theirs] = await Promise.all(licences.map((file) => readFile(file, 'utf8')));
    assert.equal(own, theirs);
  });

  test('asks nothing of Node where it is imported', async () => {
    const seen = new Set<string>();
    const read = async (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = await readFile(file, 'utf8');
      for (const [, imported] of text.matchAll(/(?:from|import) ?['"]([^'"]+)['"]/g)) {
        assert.ok(!imported.startsWith('node:') && imported !== 'commander', `${file} imports ${imported}`);
        if (imported.startsWith('.')) await read(join(dirname(file), imported));
      }
      assert.doesNotMatch(text, /\b(process|Buffer|require)\b[.(]/, file);
    };
    await read(join(installed, 'dist', 'index.js'));
    assert.ok(seen.size > 10);
  });

  test('is used from JavaScript', async () => {
    const program = join(directory.path, 'use.js');
    await writeFile(
      program,
      `import { Pushforward } from 'pushforward';
       const client = new Pushforward({ url: 'http://127.0.0.1:9', retry: { retries: 0 } });
       await client.models.get('a').catch(({ name, code }) => console.log(name, code));`,
    );
    const { stdout } = await execute(process.execPath, [program], { cwd: directory.path });
    assert.equal(stdout, 'PushforwardError unreachable\n');
    const main = join(installed, clientPackage.bin.pushforward);
    assert.equal((await execute(main, ['--version'])).stdout, `${clientPackage.version}\n`);
  });

  for (const [name, lib, options] of [
    ['Node', 'es2023', { module: 'nodenext', types: ['node'], typeRoots: [join(modules, '@types')] }],
    [
      'a browser',
      'es2023,dom,dom.iterable,dom.asynciterable',
      { module: 'esnext', moduleResolution: 'bundler', types: [] },
    ],
  ] as const)
    test(`type-checks strictly, for ${name}`, async () => {
      await writeFile(join(directory.path, 'use.ts'), consumer);
      const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: false, noEmit: true };
      const compilerOptions = { ...strict, target: 'es2022', lib: lib.split(','), skipLibCheck: true, ...options };
      await writeFile(join(directory.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
      const compiler = join(modules, 'typescript', 'bin', 'tsc');
      await execute(process.execPath, [compiler, '-p', directory.path]).catch(({ stdout }) => assert.fail(stdout));
    });
});
