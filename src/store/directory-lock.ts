import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DirectoryInUseError, StoreStartError } from './errors.ts';

/**
 * Makes the data directory if need be, and this process its only owner until the returned function is called or the
 * process ends, however it ends: the lock is the kernel's, on a file. Node has no file locks of its own, so SQLite takes it.
 * Throws DirectoryInUseError when another process holds it, StoreStartError when the directory cannot be written to.
 */
export function lockDirectory(dataDirectory: string): () => void {
  try {
    mkdirSync(dataDirectory, { recursive: true });
    const lock = new DatabaseSync(join(dataDirectory, 'owner.lock'));
    lock.exec('BEGIN EXCLUSIVE');
    return () => lock.close();
  } catch (cause) {
    const busy = cause instanceof Error && 'errcode' in cause && cause.errcode === sqliteBusy;
    if (busy)
      throw new DirectoryInUseError(
        `DATA_DIR=${dataDirectory} is in use by another running service: stop it, or choose another DATA_DIR`,
        { cause },
      );
    const reason = cause instanceof Error ? cause.message : cause;
    throw new StoreStartError(`DATA_DIR=${dataDirectory} cannot be used: ${reason}`, { cause });
  }
}

const sqliteBusy = 5;
