import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { literal, openDatabase } from '../../src/table/duckdb.ts';

/** The rows of a query as the bytes of a Parquet file. */
export async function parquetOf(query: string, options = 'COMPRESSION uncompressed'): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'parquet-'));
  try {
    using database = await openDatabase(directory);
    const path = join(directory, 'file');
    await database.connection.run(`COPY (${query}) TO ${literal(path)} (FORMAT parquet, ${options})`);
    return await readFile(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}
