import { once } from 'node:events';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { BackupError } from '../errors.ts';

/**
 * Writes a file that is there whole, durable and for its owner's eyes only, or not at all; one of that name is replaced
 * only then. Throws BackupError when the file cannot be written, and what `write` throws.
 */
export async function writeWhole<Result>(path: string, write: (sink: Writable) => Promise<Result>): Promise<Result> {
  const partial = `${path}.partial`;
  try {
    await rm(partial, { force: true });
    const file = await open(partial, 'wx', 0o600);
    const sink = file.createWriteStream({ flush: true });
    const result = await write(sink).finally(() => closed(sink));
    await rename(partial, path);
    await syncDirectory(dirname(path));
    return result;
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    if (cause instanceof Error && 'syscall' in cause && fileErrors.includes(cause.syscall))
      throw new BackupError(`${path} cannot be written: ${cause.message}`, { cause });
    throw cause;
  }
}

async function closed(sink: Writable): Promise<void> {
  sink.destroy();
  if (!sink.closed) await once(sink, 'close');
}

const fileErrors: readonly unknown[] = ['open', 'write', 'writev', 'fsync', 'rename', 'rm', 'unlink', 'lstat'];

/** Makes the new name durable. Windows has no way to, and needs none. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
