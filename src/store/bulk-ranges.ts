import type { ClientBase } from 'pg';
import type { NewBulkJob } from './bulk-job.ts';

/** A run of rows. */
export interface RowRange {
  readonly firstRow: number;
  readonly rowCount: number;
}

/** A job's rows in runs of at most `partRows`. Those of a dataset do not go beyond a part of it: each is read from one. */
export async function rangesOf(
  client: ClientBase,
  { rows, partRows }: Pick<NewBulkJob, 'rows' | 'partRows'>,
): Promise<RowRange[]> {
  if ('count' in rows) return cut({ firstRow: 0, rowCount: rows.count }, partRows);
  const found = await client.query<{ firstRow: string; rowCount: number }>(
    `SELECT first_row AS "firstRow", row_count AS "rowCount" FROM dataset_parts
     WHERE dataset_id = $1 AND row_count > 0 ORDER BY first_row`,
    [rows.datasetId],
  );
  return found.rows.flatMap(({ firstRow, rowCount }) => cut({ firstRow: Number(firstRow), rowCount }, partRows));
}

function cut({ firstRow, rowCount }: RowRange, size: number): RowRange[] {
  return Array.from({ length: Math.ceil(rowCount / size) }, (_, index) => ({
    firstRow: firstRow + index * size,
    rowCount: Math.min(size, rowCount - index * size),
  }));
}

export async function insertParts(client: ClientBase, jobId: string, ranges: readonly RowRange[]): Promise<void> {
  await client.query(
    `INSERT INTO bulk_parts (job_id, number, first_row, row_count)
     SELECT $1, number - 1, first_row, row_count
     FROM unnest($2::bigint[], $3::int[]) WITH ORDINALITY AS ranges(first_row, row_count, number)`,
    [jobId, ranges.map(({ firstRow }) => firstRow), ranges.map(({ rowCount }) => rowCount)],
  );
}
