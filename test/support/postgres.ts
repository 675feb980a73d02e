import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { openStore, type Store } from '../../src/store/store.ts';

export const silent: Logger = pino({ level: 'silent' });

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/** An empty directory that every account may enter, as PostgreSQL's must when root runs the tests. */
export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'pushforward-test-'));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

export interface TestStore extends AsyncDisposable {
  readonly store: Store;
}

/** A store on an embedded PostgreSQL in a directory of its own; disposing of it stops the one and removes the other. */
export async function startTestStore(log = silent): Promise<TestStore> {
  const directory = await temporaryDirectory();
  const store = await openStore({ databaseUrl: undefined, dataDirectory: directory.path, log });
  const dispose = async () => {
    await store.close();
    await directory[Symbol.asyncDispose]();
  };
  return { store, [Symbol.asyncDispose]: dispose };
}
