import { createHash } from 'node:crypto';
import type { Writable } from 'node:stream';
import { type ClientBase, escapeIdentifier, type Pool } from 'pg';
import type { CopyToStreamQuery } from 'pg-copy-streams';
import { BackupError } from '../errors.ts';
import { knownMigrations } from '../migrations.ts';
import { type AddEntry, writeArchive } from './archive.ts';
import { copyOut } from './copy.ts';
import {
  type Checksums,
  checksumsName,
  formatVersion,
  type Manifest,
  manifestName,
  pieceName,
  pieceSize,
  productVersion,
} from './format.ts';
import { type KeptTable, keptTables } from './tables.ts';

/**
 * Writes everything that the database holds at one moment, while others go on working with it, in constant memory. How
 * many rows of each table were written.
 * Throws BackupError when the database has no tables of this service, StoreStartError when it is one of a newer version.
 */
export async function backUp(pool: Pool, sink: Writable): Promise<Checksums> {
  return inSnapshot(pool, async (client, tables) => {
    let checksums: Checksums = {};
    await writeArchive(sink, async (add) => {
      const manifest: Manifest = {
        format: 'pushforward-backup',
        formatVersion,
        version: productVersion,
        createdAt: new Date().toISOString(),
        migrations: await knownMigrations(client),
        tables: tables.map(({ name, columns }) => ({ name, columns: [...columns] })),
      };
      await add(manifestName, json(manifest));
      const written: [string, WrittenTable][] = [];
      for (const table of tables) written.push([table.name, await addTable(client, table, add)]);
      // Also waits for the last table's number of rows.
      await client.query('COMMIT');
      checksums = Object.fromEntries(
        written.map(([name, { copy, bytes, sha256 }]) => [name, { rows: copy.rowCount, bytes, sha256 }]),
      );
      await add(checksumsName, json(checksums));
    });
    return checksums;
  });
}

/** Runs `work` on a connection to which the database stands still, with its tables, whose definitions nobody can change meanwhile. */
async function inSnapshot<Result>(
  pool: Pool,
  work: (client: ClientBase, tables: KeptTable[]) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  // The query that a lost connection breaks off throws.
  client.on('error', () => {});
  try {
    const present = await keptTables(client);
    if (present.length === 0) throw new BackupError('the database has no tables: there is nothing to back up');
    // The moment is that of the first query after the locks, so that the tables are what they are at that moment.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(
      `LOCK TABLE ${present.map(({ name }) => escapeIdentifier(name)).join(', ')} IN ACCESS SHARE MODE`,
    );
    return await work(client, await keptTables(client));
  } finally {
    // Closed, not given back: in the middle of a COPY that is no longer read it would answer nothing.
    client.release(true);
  }
}

interface WrittenTable {
  readonly copy: CopyToStreamQuery;
  readonly bytes: number;
  readonly sha256: string;
}

async function addTable(client: ClientBase, table: KeptTable, add: AddEntry): Promise<WrittenTable> {
  const hash = createHash('sha256');
  const copy = copyOut(client, table);
  let bytes = 0;
  let number = 0;
  for await (const piece of inPieces(copy)) {
    hash.update(piece);
    bytes += piece.length;
    await add(pieceName(table.name, number++), piece);
  }
  return { copy, bytes, sha256: hash.digest('hex') };
}

/** The same bytes in pieces of `pieceSize`, the last one shorter. */
async function* inPieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    while (length + rest.length >= pieceSize) {
      yield Buffer.concat([...held, rest.subarray(0, pieceSize - length)]);
      rest = rest.subarray(pieceSize - length);
      held = [];
      length = 0;
    }
    held.push(rest);
    length += rest.length;
  }
  if (length > 0) yield Buffer.concat(held);
}

const json = (value: object) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
