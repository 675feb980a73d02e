import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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

/** The rows of a Parquet file, and what its columns are called and are. */
export async function readParquet(bytes: Uint8Array) {
  const directory = await mkdtemp(join(tmpdir(), 'parquet-'));
  try {
    using database = await openDatabase(directory);
    const path = join(directory, 'file');
    await writeFile(path, bytes);
    const result = await database.connection.runAndReadAll(`SELECT * FROM read_parquet(${literal(path)})`);
    return { names: result.columnNames(), types: result.columnTypes().map(String), rows: result.getRowsJS() };
  } finally {
    await rm(directory, { recursive: true });
  }
}
