import { DuckDBDoubleVector, DuckDBVarCharVector, type DuckDBVector } from '@duckdb/node-api';
import { type ColumnCodes, codeSql, unknownCategory } from './codes.ts';
import { shown, TableError } from './errors.ts';
import { rawName, relation } from './raw-parts.ts';
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
  const places = columns.map(({ name }) => names.indexOf(name));
  const code = (column: number) => `code${column}`;
  const codes = columns.map(
    (codes, column) => `${codeSql(rawName(places[column]), sources[places[column]], codes)} AS ${code(column)}`,
  );
  // A cell's text is needed only where something is wrong with it.
  const texts = columns.map(({ kind }, column) => {
    const isFine = kind === 'number' ? `isfinite(${code(column)})` : `${code(column)} <> ${unknownCategory}`;
    return `CASE WHEN ${isFine} THEN NULL ELSE ${rawName(places[column])}::VARCHAR END`;
  });
  const result = await database.connection.stream(
    `SELECT ${columns.map((_, column) => code(column))}, ${texts} FROM (SELECT *, ${codes} FROM ${relation(parts)})`,
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
  columns.forEach((codes, column) => {
    const [values, texts] = [vectors[column], vectors[width + column]];
    if (!(values instanceof DuckDBDoubleVector && texts instanceof DuckDBVarCharVector))
      throw new TypeError(`Expected doubles and texts, got ${values.type} and ${texts.type}`);
    for (let row = 0; row < rowCount; row++) {
      const value = values.getItem(row) ?? Number.NaN;
      const text = Number.isFinite(value) && value !== unknownCategory ? null : texts.getItem(row);
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

const gotNumber = (value: number) => (Number.isNaN(value) ? 'an empty cell' : String(value));

function checkNames(names: readonly string[], columns: readonly ColumnCodes[], ignored: readonly string[]): void {
  const known = columns.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name) && !ignored.includes(name));
  if (unknown !== undefined)
    throw new TableError('column-names', `Unknown column ${shown(unknown)}: the model’s are ${known.join(', ')}.`);
  const missing = known.find((name) => !names.includes(name));
  if (missing !== undefined) throw new TableError('column-names', `The column ${shown(missing)} is missing.`);
}
