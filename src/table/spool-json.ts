import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { CsvFile } from './csv.ts';
import { shown, TableError } from './errors.ts';
import { type Cell, JsonTable } from './json.ts';
import type { Upload } from './text.ts';

/** Writes an uploaded `{name, columns, rows}` or `{name, records}` to `path` as CSV. Throws TableError. */
export async function spoolJson(
  upload: Upload,
  path: string,
  signal?: AbortSignal,
): Promise<CsvFile & { name: string | undefined }> {
  const table = new JsonTable({ keys: ['name', 'columns', 'rows', 'records'] });
  let width: number | undefined;
  async function* lines() {
    for await (const batch of table.rows(upload)) {
      width = batch[0]?.length;
      yield batch.map(toLine).join('');
    }
  }
  await pipeline(lines, createWriteStream(path), { signal });
  if (width === undefined)
    throw new TableError('no-rows', 'The table has no rows: expected some in "rows" or "records".');
  if (width === 0) throw new TableError('no-numeric-columns', 'The rows are empty: the table has no columns.');
  const names = table.columns;
  if (names === undefined)
    throw new TableError('column-names', 'Expected "columns", the names of the columns of "rows".', '/columns');
  if (names.length !== width)
    throw new TableError(
      'column-names',
      `Expected ${width} names, as many as a row has values, got ${names.length}: ${shown(names)}.`,
      '/columns',
    );
  return { path, names: [...names], delimiter: ',', header: false, name: table.name };
}

function toLine(row: readonly Cell[]): string {
  return `${row.join(',')}\n`;
}
