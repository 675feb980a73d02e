import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { csvNumbers } from './csv.ts';
import { shown, TableError } from './errors.ts';
import { JsonTable } from './json.ts';
import { numbersTable, type SpooledTable, type SpoolOptions } from './spooled.ts';
import type { Upload } from './upload.ts';

/** Writes an uploaded `{name, columns, rows}` or `{name, records}` to `path` as CSV. Throws TableError. */
export async function spoolJson(upload: Upload, path: string, { signal }: SpoolOptions): Promise<SpooledTable> {
  const table = new JsonTable({ keys: ['name', 'columns', 'rows', 'records'] });
  let width: number | undefined;
  async function* lines() {
    for await (const batch of table.rows(upload)) {
      width = batch[0]?.length;
      yield batch.map(csvNumbers).join('');
    }
  }
  await pipeline(lines, createWriteStream(path), { signal });
  if (width === undefined)
    throw new TableError('no-rows', 'The table has no rows: expected some in "rows" or "records".');
  const names = table.columns;
  if (names === undefined)
    throw new TableError('column-names', 'Expected "columns", the names of the columns of "rows".', '/columns');
  if (names.length !== width)
    throw new TableError(
      'column-names',
      `Expected ${width} names, as many as a row has values, got ${names.length}: ${shown(names)}.`,
      '/columns',
    );
  return numbersTable(path, names, table.name);
}
