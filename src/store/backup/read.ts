import { createHash } from 'node:crypto';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { BackupError } from '../errors.ts';
import { type Entry, readArchive } from './archive.ts';
import {
  Checksums,
  checksumsName,
  formatVersion,
  isPieceOf,
  Manifest,
  manifestName,
  Origin,
  productVersion,
  type TableChecksum,
} from './format.ts';
import type { KeptTable } from './tables.ts';

/** Takes all of a table's data; how many rows it has, if that is found out. */
export type TakeTable = (table: KeptTable, data: AsyncIterable<Buffer>) => Promise<number | undefined>;

/**
 * Reads a backup through to its end, giving each table to `take`, parents first, and holds what was read against the
 * checksums at the end. So only what is undone when this throws may be done with the data before.
 * Throws BackupError when the file cannot be read, is no backup, is damaged or cut short, or has a newer format.
 */
export async function readBackup(path: string, take: TakeTable): Promise<Manifest> {
  const reader = new Reader(path, readArchive(path));
  try {
    return await reader.read(take);
  } finally {
    await reader.close();
  }
}

class Reader {
  readonly #path: string;
  readonly #entries: AsyncGenerator<Entry, undefined>;
  #entry: Entry | undefined;

  constructor(path: string, entries: AsyncGenerator<Entry, undefined>) {
    this.#path = path;
    this.#entries = entries;
  }

  async read(take: TakeTable): Promise<Manifest> {
    await this.#advance();
    const manifest = this.#manifest();
    await this.#advance();
    const found = new Map<string, Partial<TableChecksum>>();
    for (const table of manifest.tables) found.set(table.name, await this.#table(table, take));
    const expected = this.#json(checksumsName, Checksums);
    for (const [name, { rows, ...rest }] of found) {
      const { rows: expectedRows, ...expectedRest } = expected[name] ?? {};
      if (!Value.Equal(rest, expectedRest))
        throw this.#damaged(`the table ${name} has another SHA-256 than when it was written`);
      if (rows !== undefined && rows !== expectedRows)
        throw this.#damaged(`the table ${name} has ${rows} rows, of ${expectedRows} that were written`);
    }
    await this.#advance();
    if (this.#entry) throw this.#damaged(`it goes on after its end, with ${this.#entry.name}`);
    return manifest;
  }

  async close(): Promise<void> {
    await this.#entries.return(undefined);
  }

  async #advance(): Promise<void> {
    this.#entry = (await this.#entries.next()).value;
  }

  #manifest(): Manifest {
    const isOurs = this.#entry?.name === manifestName && Value.Check(Origin, parsed(this.#entry.content));
    if (!isOurs) throw new BackupError(`${this.#path} is no backup of Pushforward: it does not begin as one`);
    const origin = this.#json(manifestName, Origin);
    if (origin.formatVersion > formatVersion)
      throw new BackupError(
        `${this.#path} was written by Pushforward ${origin.version} in format ${origin.formatVersion}; ` +
          `this version, ${productVersion}, reads formats up to ${formatVersion}: update it`,
      );
    return this.#json(manifestName, Manifest);
  }

  async #table(table: KeptTable, take: TakeTable): Promise<Partial<TableChecksum>> {
    const hash = createHash('sha256');
    let bytes = 0;
    const pieces = async function* (this: Reader): AsyncGenerator<Buffer> {
      while (this.#entry && isPieceOf(table.name, this.#entry.name)) {
        hash.update(this.#entry.content);
        bytes += this.#entry.content.length;
        yield this.#entry.content;
        await this.#advance();
      }
    };
    const rows = await take(table, pieces.call(this));
    return { ...(rows !== undefined && { rows }), bytes, sha256: hash.digest('hex') };
  }

  #json<Schema extends TSchema>(name: string, schema: Schema): Static<Schema> {
    if (this.#entry?.name !== name) throw this.#damaged(`expected ${name}, found ${this.#entry?.name ?? 'its end'}`);
    const value = parsed(this.#entry.content);
    if (!Value.Check(schema, value)) throw this.#damaged(`its ${name} is not what it should be`);
    return value;
  }

  #damaged(how: string): BackupError {
    return new BackupError(`${this.#path} is damaged: ${how}`);
  }
}

function parsed(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    return undefined;
  }
}
