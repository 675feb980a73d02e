import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { openDatabase } from '../src/store/maintenance.ts';
import { contentOf, silent, temporaryDirectory } from './support/postgres.ts';
import { askForModel, call, postJson, startProcess, untilTaken, waitFor } from './support/service.ts';

/** Columns of all kinds, with gaps. */
const mixedCsv = [
  'x,count,flag,sea,when',
  ...Array.from({ length: 300 }, (_, row) => {
    const sea = ['north', '"the ""Baltic"""', 'ünï'][row % 3];
    return [row % 7 === 0 ? '' : row / 7, row % 11, row % 2 === 0, sea, `2026-11-${10 + (row % 20)}`].join(',');
  }),
].join('\n');

/** Runs a script of the project as an operator does; what it says, and how it ends. */
async function script(name: 'backup' | 'restore', environment: Record<string, string>, ...parameters: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', 'scripts', `${name}.ts`), ...parameters], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit'), text(child.stdout)]);
  return { code, said: said.trim() };
}

/** What is in a database whose service has stopped. */
async function contentUnder(dataDirectory: string): Promise<Record<string, string[]>> {
  await using database = await openDatabase({
    databaseUrl: undefined,
    dataDirectory,
    beside: 'no service',
    log: silent,
  });
  return await contentOf(database.pool);
}

test('a service at work is backed up, and restored elsewhere it goes on where it was', async () => {
  await using data = await temporaryDirectory();
  await using files = await temporaryDirectory();
  const first = join(files.path, 'first.backup');
  const second = join(files.path, 'second.backup');
  const environment = { DATA_DIR: data.path, TRAINING_THREADS: '1' };
  await using service = await startProcess(environment);
  const { url } = service;
  const upload = () =>
    call(`${url}/v1/datasets?name=mixed`, { method: 'POST', headers: { 'content-type': 'text/csv' }, body: mixedCsv });
  const mixed = await untilTaken(upload);
  assert.equal(mixed.status, 201, JSON.stringify(mixed.body));
  const ready = await askForModel(url, { steps: 100 });
  await waitFor(url, ready, ['ready']);
  const training = await askForModel(url, { steps: 1_000_000, patience: 1_000_000, budgetSeconds: 25 });
  await waitFor(url, training, ['training']);
  const queued = await askForModel(url, { steps: 50 });
  await untilCheckpoint(data.path);

  // Uploads come in all the while.
  let isDone = false;
  const writing = (async () => {
    for (let status = 201; !isDone; { status } = await untilTaken(upload)) assert.equal(status, 201);
  })();
  const made = await script('backup', { DATA_DIR: data.path }, first);
  isDone = true;
  await writing;
  assert.equal(made.code, 0, made.said);
  assert.match(made.said, /^Wrote \S+first\.backup, in rows: api_keys 0, .*datasets \d+, .*models 3/);
  assert.equal((await stat(first)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(files.path), ['first.backup']);

  const answers = async (at: string) => ({
    model: (await call(`${at}/v1/models/${ready}`)).body,
    sample: (await untilTaken(() => call(`${at}/v1/models/${ready}/sample?n=20&seed=3`))).body,
    rows: (await call(`${at}/v1/datasets/${mixed.body.id}/rows?limit=100`)).body,
    scores: (await untilTaken(() => postJson(`${at}/v1/models/${ready}/log-prob`, { rows: [[0.5, 0.1]] }))).body,
  });
  const before = await answers(url);

  const refused = await script('restore', { DATA_DIR: data.path }, first);
  assert.equal(refused.code, 1);
  assert.match(
    refused.said,
    /^DATA_DIR=\S+ is in use by another running service: stop it, or choose another DATA_DIR$/,
  );
  assert.equal(await service.stop('SIGTERM'), 0);

  // Once more at rest, and byte for byte.
  assert.equal((await script('backup', { DATA_DIR: data.path }, second)).code, 0);
  await using copy = await temporaryDirectory();
  const copied = await script('restore', { DATA_DIR: copy.path }, second);
  assert.match(copied.said, /^Restored \S+second\.backup, of Pushforward \S+ at \S+Z; models in the queue: [12]$/);
  const content = await contentUnder(data.path);
  assert.deepEqual(await contentUnder(copy.path), content);
  const again = await script('restore', { DATA_DIR: copy.path }, second);
  assert.equal(again.code, 1);
  assert.match(again.said, /^the database is not empty \(\d+ rows in .*\): restore into a new one$/);
  assert.deepEqual(await contentUnder(copy.path), content);

  await using other = await temporaryDirectory();
  const restored = await script('restore', { DATA_DIR: other.path }, first);
  assert.equal(restored.code, 0, restored.said);
  assert.match(restored.said, /models in the queue: 2$/);
  await using resumed = await startProcess({ ...environment, DATA_DIR: other.path });
  assert.deepEqual(await answers(resumed.url), before);
  for (const id of [training, queued]) {
    const model = await waitFor(resumed.url, id, ['ready', 'failed']);
    assert.equal(model.status, 'ready', JSON.stringify(model.error));
  }
  const events = await (await fetch(`${resumed.url}/v1/models/${training}/events`)).text();
  const sinceRestore = events.slice(events.lastIndexOf('"status":"training"'));
  const resumedAt = /"step":(\d+)/.exec(sinceRestore)?.[1];
  assert.ok(Number(resumedAt) > 1, `training began again, not at its checkpoint: ${resumedAt}`);
  assert.equal(await resumed.stop('SIGTERM'), 0);
});

test('what cannot be restored or backed up is said in one line, and nothing is made', async () => {
  await using data = await temporaryDirectory();
  const file = join(data.path, 'other.backup');
  await writeFile(file, 'id,name\n');
  const target = { DATA_DIR: join(data.path, 'target') };
  const lines: [Awaited<ReturnType<typeof script>>, RegExp][] = [
    [await script('restore', target, file), /^\S+other\.backup is damaged, or no backup: incorrect header check$/],
    [await script('restore', target), /^expected a file to restore: npm run restore -- FILE$/],
    [await script('backup', target, file), /^DATA_DIR=\S+target holds no database$/],
    [await script('backup', { PORT: 'http' }), /^PORT=http: expected/],
    [
      await script('backup', { DATABASE_URL: 'postgresql://someone:secret@127.0.0.1:1/somewhere' }, file),
      /^the database somewhere at 127\.0\.0\.1:1 cannot be reached: .*$/,
    ],
  ];
  for (const [{ code, said }, line] of lines) {
    assert.equal(code, 1, said);
    assert.match(said, line);
  }
  assert.equal(existsSync(target.DATA_DIR), false);
  assert.equal(await readFile(file, 'utf8'), 'id,name\n');
});

async function untilCheckpoint(dataDirectory: string): Promise<void> {
  const options = { databaseUrl: undefined, dataDirectory, beside: 'running service', log: silent } as const;
  await using running = await openDatabase(options);
  for (;;) if (((await running.pool.query('SELECT 1 FROM model_checkpoints')).rowCount ?? 0) > 0) return;
}
