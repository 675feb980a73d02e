import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { configReference } from '../src/config/reference.ts';
import { queuedModel, readyModel, startTestApp } from './support/app.ts';
import { createBulkJob } from './support/bulk.ts';

const root = join(import.meta.dirname, '..');
const textOf = (path: string) => readFile(join(root, path), 'utf8');
const kubernetes = join('deploy', 'kubernetes');

/** All that matches the first group of a pattern. */
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => found);

test('what KEDA asks the database is how much there is to do', async () => {
  const text = await textOf(join(kubernetes, 'components', 'keda', 'scaled-object.yaml'));
  const queries = all(text, /^\s+query: (.+)$/gm);
  assert.equal(queries.length, 2);
  await using service = await startTestApp();
  const counts = async () => {
    const answers = queries.map((query) => service.store.prisma.$queryRawUnsafe<[{ count: bigint }]>(query));
    return (await Promise.all(answers)).map(([{ count }]) => Number(count));
  };
  assert.deepEqual(await counts(), [0, 0]);
  await queuedModel(service);
  assert.deepEqual(await counts(), [1, 0]);
  const modelId = await readyModel(service);
  await createBulkJob(service, { kind: 'sample', modelId, rows: { count: 3 }, partRows: 1 });
  assert.deepEqual(await counts(), [1, 3]);
});

test('every variable that is set is one of the reference', async () => {
  const paths = await readdir(join(root, kubernetes), { recursive: true });
  const files = paths.filter((path) => path.endsWith('.yaml')).map((path) => join(kubernetes, path));
  const texts = await Promise.all([...files, 'docker-compose.yml'].map(textOf));
  const named = texts.flatMap((text) => [
    ...all(text, /^\s+- name: ([A-Z][A-Z_]+)$/gm),
    ...all(text, /^\s+- ([A-Z][A-Z_]+)=/gm),
    ...all(text, /^ {2,6}([A-Z][A-Z_]+): /gm),
  ]);
  assert.ok(named.length > 15, named.join(', '));
  const reference = configReference();
  // Whom PostgreSQL's image makes.
  const missing = named.filter((name) => name !== 'POSTGRES_USER' && !reference.includes(`\`${name}\``));
  assert.deepEqual(missing, []);
});

test('nothing is killed before the time that it has to stop is over', async () => {
  for (const file of ['api.yaml', 'worker.yaml']) {
    const text = await textOf(join(kubernetes, 'base', file));
    const seconds = (name: string) => Number(new RegExp(`name: ${name}\\s+value: "(\\d+)"`).exec(text)?.[1] ?? 0);
    const [given] = all(text, /terminationGracePeriodSeconds: (\d+)/g);
    assert.ok(seconds('SHUTDOWN_GRACE_SECONDS') > 0);
    assert.ok(Number(given) > seconds('SHUTDOWN_DELAY_SECONDS') + seconds('SHUTDOWN_GRACE_SECONDS'), file);
  }
});

test('what the image is made of is there, and let in', async () => {
  const copied = all(await textOf('Dockerfile'), /^COPY (?!--from)(.+) \S+$/gm).flatMap((paths) => paths.split(' '));
  assert.ok(copied.length > 10);
  const letIn = all(await textOf('.dockerignore'), /^!(.+)$/gm);
  for (const path of new Set(copied)) {
    await access(join(root, path));
    assert.ok(
      letIn.some((each) => path === each || path.startsWith(`${each}/`)),
      path,
    );
  }
});

test('every package with a build for x64 has one for arm64', async () => {
  const { packages } = JSON.parse(await textOf('package-lock.json'));
  const names = Object.keys(packages);
  const ofX64 = names.filter((name) => packages[name].cpu?.includes('x64') && packages[name].os?.includes('linux'));
  assert.ok(ofX64.length >= 5);
  const missing = ofX64.filter(
    (name) => !packages[name].cpu.includes('arm64') && !names.includes(name.replace('x64', 'arm64')),
  );
  assert.deepEqual(missing, []);
});
