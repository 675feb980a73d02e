import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Cell } from './cells.ts';
import { csvLine } from './csv.ts';
import { shown, TableError } from './errors.ts';
import { JsonTable } from './json.ts';
import { JsonCells } from './json-cells.ts';
import { type SpooledTable, type SpoolOptions, typedTable } from './spooled.ts';
import type { Upload } from './upload.ts';

/** Writes an uploaded `{name, columns, rows}` or `{name, records}` to `path` as CSV. Throws TableError. */
export async function spoolJson(upload: Upload, path: string, { signal }: SpoolOptions): Promise<SpooledTable> {
  const cells = new JsonCells((...fault) => table.fault(...fault));
  const table = new JsonTable<Cell>({
    keys: ['name', 'columns', 'rows', 'records'],
    toCell: (value, place) => cells.toCell(value, place),
  });
  let width: number | undefined;
  async function* lines() {
    for await (const batch of table.rows(upload)) {
      width = batch[0]?.length;
      yield batch.map(csvLine).join('');
    }
  }
  await pipeline(lines, createWriteStream(path), { signal });
  if (width === undefined)
    throw new TableError('no-rows', 'The table has no rows: expected some in "rows" or "records".');
  const { name, columnOptions } = table;
  return typedTable(path, namesOf(table, width), cells.sources(width), {
    name,
    columnOptions,
    cellPath: (row, column) => table.cellPath(row, column),
  });
}

function namesOf({ columns }: JsonTable<Cell>, width: number): readonly string[] {
  if (columns === undefined)
    throw new TableError('column-names', 'Expected "columns", the names of the columns of "rows".', '/columns');
  if (columns.length !== width)
    throw new TableError(
      'column-names',
      `Expected ${width} names, as many as a row has values, got ${columns.length}: ${shown(columns)}.`,
      '/columns',
    );
  return columns;
}
