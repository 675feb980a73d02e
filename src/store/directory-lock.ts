import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreStartError } from './errors.ts';

/**
 * Makes this process the only owner of the data directory until the returned function is called or the process ends,
 * however it ends: the lock is the kernel's, on a file. Node has no file locks of its own, so SQLite takes it.
 * Throws StoreStartError when another process holds it.
 */
export function lockDirectory(dataDirectory: string): () => void {
  const lock = new DatabaseSync(join(dataDirectory, 'owner.lock'));
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!(error instanceof Error) || !('errcode' in error) || error.errcode !== sqliteBusy) throw error;
    throw new StoreStartError(
      `DATA_DIR=${dataDirectory} is in use by another running service: stop it, or choose another DATA_DIR`,
    );
  }
  return () => lock.close();
}

const sqliteBusy = 5;
