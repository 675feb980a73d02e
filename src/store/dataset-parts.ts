import type { PoolClient } from 'pg';

/** A run of rows as one Parquet file of at most about 4 MB. */
export interface DatasetPart {
  readonly rowCount: number;
  readonly bytes: Uint8Array;
}

/** Rejects when the promise does, and never resolves. */
export function failureOf(value: unknown): Promise<never> {
  const failure = Promise.resolve(value).then(() => new Promise<never>(() => {}));
  failure.catch(() => {});
  return failure;
}

/** Writes each part while the next is read, until there is a failure; how many rows they have. */
export async function writeParts(
  client: PoolClient,
  id: string,
  { parts, failure }: { parts: AsyncIterable<DatasetPart>; failure: Promise<never> },
): Promise<number> {
  let firstRow = 0;
  let written: Promise<unknown> = Promise.resolve();
  for await (const { rowCount, bytes } of parts) {
    await Promise.race([written, failure]);
    written = client.query(
      'INSERT INTO dataset_parts (dataset_id, first_row, row_count, bytes) VALUES ($1, $2, $3, $4)',
      [id, firstRow, rowCount, bytes],
    );
    // It is thrown where it is awaited, if the parts do not fail before.
    written.catch(() => {});
    firstRow += rowCount;
  }
  await written;
  return firstRow;
}
