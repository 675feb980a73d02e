import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryLockDirectory } from '../../store/embedded/directory-lock.ts';

/** Every process has a place of its own: several may share one DATA_DIR. */
const own = randomUUID();

const mostAttempts = 100;
const pauseMilliseconds = 20;

const allDirectories = (dataDirectory: string) => join(dataDirectory, 'uploads');

/** Where this process keeps tables and answers that are too large for its memory while they come in or go out. */
export const spoolDirectory = (dataDirectory: string) => join(allDirectories(dataDirectory), own);

/**
 * Makes this process's place known to others as in use, and removes those of processes that have ended, however they ended.
 * Disposing of it removes the place.
 */
export async function claimSpoolDirectory(dataDirectory: string): Promise<AsyncDisposable> {
  const directory = spoolDirectory(dataDirectory);
  const release = await lock(directory);
  await removeAbandoned(allDirectories(dataDirectory));
  const dispose = async () => {
    await rm(directory, { recursive: true, force: true });
    release();
  };
  return { [Symbol.asyncDispose]: dispose };
}

/** Another process that starts may just be removing it, before it could be locked. */
async function lock(directory: string): Promise<() => void> {
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const unlock = tryLockDirectory(directory);
    if (unlock) return unlock;
    await sleep(pauseMilliseconds);
  }
  throw new Error(`${directory}: expected to lock it, but it is locked`);
}

async function removeAbandoned(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true });
  for (const name of entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)) {
    const path = join(directory, name);
    const unlock = tryLockDirectory(path);
    if (!unlock) continue;
    await rm(path, { recursive: true, force: true });
    unlock();
  }
}
