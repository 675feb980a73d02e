import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DirectoryInUseError, StoreStartError } from '../errors.ts';

/**
 * Makes the data directory if need be, and this process its only owner until the returned function is called or the
 * process ends, however it ends.
 * Throws DirectoryInUseError when another process holds it, and StoreStartError when the directory cannot be written to.
 */
export function lockDirectory(dataDirectory: string): () => void {
  try {
    const unlock = tryLockDirectory(dataDirectory);
    if (unlock) return unlock;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    throw new StoreStartError(`DATA_DIR=${dataDirectory} cannot be used: ${reason}`, { cause });
  }
  throw new DirectoryInUseError(
    `DATA_DIR=${dataDirectory} is in use by another running service: stop it, or choose another DATA_DIR`,
  );
}

/**
 * Makes a directory if need be, and this process its owner; undefined where another process, or this one, is. The lock is the
 * kernel's, on a file: it ends with its process. Node has no file locks of its own, so SQLite takes it.
 */
export function tryLockDirectory(directory: string): (() => void) | undefined {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'owner.lock');
  const lock = new DatabaseSync(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
    // Whoever held it may have removed the directory before letting go.
    if (existsSync(file)) return () => lock.close();
  } catch (error) {
    if (!(error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy)) throw error;
  }
  lock.close();
  return undefined;
}

const sqliteBusy = 5;
