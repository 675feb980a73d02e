import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openStore, type Store } from '../../src/store/store.ts';
import { isUnavailable } from '../../src/store/unavailable.ts';
import { forkStore, processEnd, serverPid } from '../support/fork-store.ts';
import { createDataset } from '../support/models.ts';
import { silent, temporaryDirectory } from '../support/postgres.ts';

const open = (dataDirectory: string) => openStore({ databaseUrl: undefined, dataDirectory, log: silent });

/** Opens, uses and closes the store; returns what `use` does. */
async function withStoreIn<Result>(dataDirectory: string, use: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await open(dataDirectory);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

const datasetNames = async (store: Store) => (await store.datasets.list({ limit: 10 })).items.map(({ name }) => name);

test('what is stored is there after a restart, and closing leaves no server', async () => {
  await using directory = await temporaryDirectory();
  const pid = await withStoreIn(directory.path, async (store) => {
    await createDataset(store, 'kept');
    return serverPid(directory.path);
  });
  await processEnd(pid);
  assert.deepEqual(await withStoreIn(directory.path, datasetNames), ['kept']);
});

test('the server is for this service alone, durable, and keeps to its directory', async () => {
  await using directory = await temporaryDirectory();
  const passwordFile = join(directory.path, 'postgres-password');
  await withStoreIn(directory.path, async (store) => {
    const rows = await store.prisma.$queryRaw<{ name: string; setting: string }[]>`
      SELECT name, setting FROM pg_settings WHERE name IN
        ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories',
         'dynamic_shared_memory_type')`;
    assert.deepEqual(Object.fromEntries(rows.map(({ name, setting }) => [name, setting])), {
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      dynamic_shared_memory_type: 'mmap',
    });
    const stranger = new URL(store.databaseUrl);
    stranger.password = 'guessed';
    const client = new pg.Client({ connectionString: stranger.href });
    await assert.rejects(client.connect(), /password authentication failed/);
  });
  assert.equal((await stat(passwordFile)).mode & 0o777, 0o600);
  assert.deepEqual((await readdir(directory.path)).toSorted(), ['owner.lock', 'postgres', 'postgres-password']);
});

test('a directory that is in use is refused, by name', async () => {
  await using directory = await temporaryDirectory();
  await using owner = forkStore(directory.path, 'no work');
  const { opened } = await owner.hears('opened');
  const refused = {
    name: 'StoreStartError',
    message: `DATA_DIR=${directory.path} is in use by another running service: stop it, or choose another DATA_DIR`,
  };
  await assert.rejects(open(directory.path), refused);
  const client = new pg.Client({ connectionString: opened });
  await client.connect();
  await client.end();
  owner.child.send('exit');
  await once(owner.child, 'exit');
  await withStoreIn(directory.path, () => assert.rejects(open(directory.path), refused));
});

test('a directory that cannot be one is named', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'file');
  await writeFile(path, '');
  await assert.rejects(open(path), {
    name: 'StoreStartError',
    message: new RegExp(`^DATA_DIR=${path} cannot be used: `),
  });
});

test('after its process was killed, the server it left is replaced and nothing is lost', async () => {
  await using directory = await temporaryDirectory();
  await withStoreIn(directory.path, (store) => createDataset(store, 'kept'));
  const owner = forkStore(directory.path, 'no work');
  await owner.hears('opened');
  await owner.kill();
  const pid = await serverPid(directory.path);
  process.kill(pid, 0);
  await withStoreIn(directory.path, async (store) => {
    assert.deepEqual(await datasetNames(store), ['kept']);
    assert.notEqual(await serverPid(directory.path), pid);
  });
  await processEnd(pid);
});

test('after both were killed, the number that the server left is not trusted', async () => {
  await using directory = await temporaryDirectory();
  await withStoreIn(directory.path, (store) => createDataset(store, 'kept'));
  const owner = forkStore(directory.path, 'no work');
  await owner.hears('opened');
  await owner.kill();
  const pid = await serverPid(directory.path);
  process.kill(pid, 'SIGKILL');
  await processEnd(pid);
  // As in a container that was started again, the number belongs to someone else now: to this process.
  const pidFile = join(directory.path, 'postgres/postmaster.pid');
  await writeFile(pidFile, (await readFile(pidFile, 'utf8')).replace(/^\d+/, String(process.pid)));
  assert.deepEqual(await withStoreIn(directory.path, datasetNames), ['kept']);
});

test('a first start that was killed halfway is begun again', async () => {
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, 'postgres-new-AbCdEf/base'), { recursive: true });
  await writeFile(join(directory.path, 'postgres-password'), 'of the first try', { mode: 0o600 });
  assert.deepEqual(await withStoreIn(directory.path, datasetNames), []);
  assert.deepEqual((await readdir(directory.path)).toSorted(), ['owner.lock', 'postgres', 'postgres-password']);
});

test('a process that exits without closing its store takes the server along', async () => {
  await using directory = await temporaryDirectory();
  await using owner = forkStore(directory.path, 'no work');
  await owner.hears('opened');
  const pid = await serverPid(directory.path);
  owner.child.send('exit');
  await processEnd(pid);
});

test('Ctrl-C reaches the service, not its server, which stops when it is closed', async () => {
  await using directory = await temporaryDirectory();
  await using owner = forkStore(directory.path, 'no work');
  await owner.hears('opened');
  const pid = await serverPid(directory.path);
  assert.ok(owner.child.pid);
  process.kill(-owner.child.pid, 'SIGINT');
  await owner.hears('closedAfterSignal');
  await processEnd(pid);
});

test('a directory with a space in its name that only its owner may enter will do', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'only mine');
  await mkdir(path);
  await chmod(path, 0o700);
  await withStoreIn(path, (store) => createDataset(store, 'kept'));
  assert.deepEqual(await withStoreIn(path, datasetNames), ['kept']);
});

test('a server that does not start says why, and lets go of the directory', async () => {
  await using directory = await temporaryDirectory();
  await withStoreIn(directory.path, datasetNames);
  const settings = join(directory.path, 'postgres/postgresql.conf');
  const original = await readFile(settings, 'utf8');
  await writeFile(settings, `${original}\nshared_buffers = plenty\n`);
  await assert.rejects(open(directory.path), { name: 'StoreStartError', message: /shared_buffers.*plenty/s });
  await writeFile(settings, original);
  assert.deepEqual(await withStoreIn(directory.path, datasetNames), []);
});

const killServer = async (dataDirectory: string) => {
  const pid = await serverPid(dataDirectory);
  process.kill(pid, 'SIGKILL');
  await processEnd(pid);
  return pid;
};

/** The process that each start of the server, and each recovery after a crash, begins anew. */
async function checkpointer(store: Store): Promise<number | undefined> {
  const rows = await store.prisma.$queryRaw<{ pid: number }[]>`
    SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'`;
  return rows[0]?.pid;
}

/**
 * Does `harm` to the server and waits until it has recovered. That it answers is not enough: connections that have yet
 * to be ended still do.
 */
async function recovered<Result>(store: Store, harm: () => Promise<Result>): Promise<Result> {
  const before = await checkpointer(store);
  const result = await harm();
  const deadline = performance.now() + 30_000;
  for (;;) {
    const now = await checkpointer(store).catch((error) => {
      assert.ok(isUnavailable(error), error);
    });
    if (now !== undefined && now !== before) return result;
    assert.ok(performance.now() < deadline, 'the database does not come back');
    await sleep(50);
  }
}

test('a server that is killed is started again at its address, and nothing is lost', async () => {
  await using directory = await temporaryDirectory();
  const pids = new Set<number>();
  await withStoreIn(directory.path, async (store) => {
    for (const name of ['first', 'second', 'third']) {
      await createDataset(store, name);
      pids.add(await recovered(store, () => killServer(directory.path)));
    }
    assert.deepEqual(await datasetNames(store), ['third', 'second', 'first']);
    pids.add(await serverPid(directory.path));
  });
  assert.equal(pids.size, 4);
  for (const pid of pids) await processEnd(pid);
});

test('a server that mends itself after a crash of a part of it is left alone', async () => {
  await using directory = await temporaryDirectory();
  await withStoreIn(directory.path, async (store) => {
    const pid = await serverPid(directory.path);
    const client = new pg.Client({ connectionString: store.databaseUrl });
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query('SELECT pg_backend_pid() AS backend');
    const ended = new Promise((resolve) => client.once('end', resolve));
    await recovered(store, async () => {
      process.kill(rows[0].backend, 'SIGKILL');
      await ended;
    });
    await createDataset(store, 'kept');
    assert.deepEqual(await datasetNames(store), ['kept']);
    assert.equal(await serverPid(directory.path), pid);
  });
});

test('a server that cannot be started again is given up, with the reason', async () => {
  await using directory = await temporaryDirectory();
  const lost = Promise.withResolvers<Error>();
  const options = { databaseUrl: undefined, dataDirectory: directory.path, log: silent, onLost: lost.resolve };
  const store = await openStore(options);
  await appendFile(join(directory.path, 'postgres/postgresql.conf'), '\nshared_buffers = plenty\n');
  await killServer(directory.path);
  assert.match(
    (await lost.promise).message,
    /^embedded PostgreSQL is gone and does not come back: .*shared_buffers.*plenty/s,
  );
  await store.close();
});

test('a server that is gone when its store is closed does not hold up the closing', async () => {
  await using directory = await temporaryDirectory();
  const store = await open(directory.path);
  await killServer(directory.path);
  await store.close();
  await rm(join(directory.path, 'postgres/server.log'));
  assert.deepEqual(await withStoreIn(directory.path, datasetNames), []);
});
