import { createReadStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { BackupError } from '../errors.ts';
import { pieceSize } from './format.ts';

export type AddEntry = (name: string, content: Buffer) => Promise<void>;

/** Writes the entries that `fill` adds, one at a time, as a gzipped tar. Throws what `fill` throws and what the sink does. */
export async function writeArchive(sink: Writable, fill: (add: AddEntry) => Promise<void>): Promise<void> {
  const archive = pack();
  const add: AddEntry = (name, content) =>
    new Promise((resolve, reject) => {
      const header = { name, size: content.length, mode: 0o600 };
      const entry = archive.entry(header, content, (error) => (error ? reject(error) : resolve()));
      // It says twice what went wrong.
      entry.on('error', reject);
    });
  const filled = fill(add).then(
    () => archive.finalize(),
    (error) => void archive.destroy(error),
  );
  try {
    // What fills it is compressed for the most part: more effort than the least gains nothing.
    await pipeline(archive, createGzip({ level: 1 }), sink);
  } finally {
    await filled;
  }
}

export interface Entry {
  readonly name: string;
  readonly content: Buffer;
}

/** The entries of a gzipped tar in order, one in memory at a time. Throws BackupError where the file is not whole. */
export async function* readArchive(path: string): AsyncGenerator<Entry, undefined> {
  const archive = extract();
  const flow = pipeline(createReadStream(path), createGunzip(), archive);
  // It is thrown where it is awaited, if the archive does not fail with it before.
  flow.catch(() => {});
  try {
    for await (const entry of archive) {
      const { name, size = 0 } = entry.header;
      if (size > pieceSize) throw new Error(`its entry ${name} has ${size} bytes, of at most ${pieceSize}`);
      yield { name, content: await buffer(entry) };
    }
    await flow;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : cause;
    const unread = cause instanceof Error && 'syscall' in cause;
    throw new BackupError(`${path} ${unread ? 'cannot be read' : 'is damaged, or no backup'}: ${reason}`, { cause });
  } finally {
    archive.destroy();
  }
}
