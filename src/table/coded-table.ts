import { DuckDBDoubleVector, DuckDBListVector, type DuckDBVector } from '@duckdb/node-api';
import { type ColumnCodes, codeSql, unknownCategory } from './codes.ts';
import type { Database } from './duckdb.ts';
import { shown, TableError } from './errors.ts';
import { type RawSource, rawName, relation } from './raw-parts.ts';
import { type CodedRows, problemOf, type RowProblem } from './row-problems.ts';
import type { ReadUpload } from './spool.ts';

/**
 * The rows of a table as codes, in blocks; it may have the `ignored` columns besides.
 * Throws TableError where a column is unknown or missing.
 */
export async function* codedRows(
  { database, raw: { names, sources, parts } }: ReadUpload,
  columns: readonly ColumnCodes[],
  ignored: readonly string[] = [],
): AsyncGenerator<CodedRows> {
  checkNames(names, columns, ignored);
  yield* codedRelation(database, { sql: relation(parts), names, sources }, columns);
}

/** The rows of raw cells, among which are the columns, as codes, in blocks. */
export async function* codedRelation(
  database: Database,
  { sql, names, sources }: RawSource,
  columns: readonly ColumnCodes[],
): AsyncGenerator<CodedRows> {
  const places = columns.map(({ name }) => names.indexOf(name));
  const code = (column: number) => `code${column}`;
  const codes = columns.map(
    (codes, column) => `${codeSql(rawName(places[column]), sources[places[column]], codes)} AS ${code(column)}`,
  );
  // The texts of a row's cells are needed only where something is wrong with one of them.
  const areFine = columns.map(({ kind }, column) =>
    kind === 'number' ? `isfinite(${code(column)})` : `${code(column)} <> ${unknownCategory}`,
  );
  const texts = places.map((place) => `${rawName(place)}::VARCHAR`);
  const bad = `CASE WHEN ${areFine.join(' AND ')} THEN NULL ELSE [${texts}] END`;
  const result = await database.connection.stream(
    `SELECT ${columns.map((_, column) => code(column))}, ${bad} FROM (SELECT *, ${codes} FROM ${sql})`,
  );
  let first = 0;
  for await (const chunk of result) {
    const { rowCount } = chunk;
    if (rowCount === 0) break;
    const vectors = Array.from({ length: chunk.columnCount }, (_, column) => chunk.getColumnVector(column));
    yield blockOf(vectors, columns, first, rowCount);
    first += rowCount;
  }
}

function blockOf(vectors: readonly DuckDBVector[], columns: readonly ColumnCodes[], first: number, rowCount: number) {
  const width = columns.length;
  const rows = new Float64Array(rowCount * width);
  const problems: RowProblem[] = [];
  const texts = vectors[width];
  if (!(texts instanceof DuckDBListVector)) throw new TypeError(`Expected lists of texts, got ${texts.type}`);
  columns.forEach((codes, column) => {
    const values = vectors[column];
    if (!(values instanceof DuckDBDoubleVector)) throw new TypeError(`Expected doubles, got ${values.type}`);
    for (let row = 0; row < rowCount; row++) {
      const value = values.getItem(row) ?? Number.NaN;
      const isFine = Number.isFinite(value) && value !== unknownCategory;
      const text = isFine ? null : textOf(texts, row, column);
      const problem = problemOf(codes, value, Number.isNaN(value) && text === null);
      rows[row * width + column] = Number.isFinite(value) ? value : Number.NaN;
      if (problem)
        problems.push({
          row: first + row,
          column: codes.name,
          code: problem.code,
          message: `Expected ${problem.expected}, got ${text === null ? gotNumber(value) : shown(text)}.`,
        });
    }
  });
  problems.sort((a, b) => a.row - b.row);
  return { rows, rowCount, problems };
}

/** A cell as it was given; null where it is empty. */
function textOf(texts: DuckDBListVector, row: number, column: number): string | null {
  const text = texts.getItem(row)?.items[column] ?? null;
  return text === null ? null : String(text);
}

const gotNumber = (value: number) => (Number.isNaN(value) ? 'an empty cell' : String(value));

function checkNames(names: readonly string[], columns: readonly ColumnCodes[], ignored: readonly string[]): void {
  const known = columns.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name) && !ignored.includes(name));
  if (unknown !== undefined)
    throw new TableError('column-names', `Unknown column ${shown(unknown)}: the model’s are ${known.join(', ')}.`);
  const missing = known.find((name) => !names.includes(name));
  if (missing !== undefined) throw new TableError('column-names', `The column ${shown(missing)} is missing.`);
}
