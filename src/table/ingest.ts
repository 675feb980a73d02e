import { readFile } from 'node:fs/promises';
import { optionsOf } from './column-options.ts';
import type { Correlations } from './correlations.ts';
import { literal } from './duckdb.ts';
import { shown } from './errors.ts';
import type { ColumnOptions } from './kinds.ts';
import { type Profile, profile, type TableColumn } from './profile.ts';
import { type RawParts, relation } from './raw-parts.ts';
import { spoolUpload, type UploadInput } from './spool.ts';

/** Rows as one Parquet file of one row group, at most about 4 MB. */
export interface TablePart {
  readonly rowCount: number;
  readonly bytes: Uint8Array;
}

/** A checked table, on disk until it is disposed of. */
export interface IngestedTable extends AsyncDisposable {
  /** What the body itself says. */
  readonly name: string | undefined;
  readonly rowCount: number;
  /** Of the upload, decompressed. */
  readonly byteCount: number;
  readonly columns: readonly TableColumn[];
  readonly correlations: Correlations;
  readonly warnings: string[];
  /** The rows in order; DOUBLE, BIGINT, BOOLEAN or VARCHAR columns. */
  parts(): AsyncGenerator<TablePart>;
}

interface TableInput extends UploadInput {
  /** What is said of the columns beside the body, once that has been read; else what the body says holds. */
  readonly columnOptions?: () => readonly ColumnOptions[] | undefined;
}

/**
 * Reads an upload into a table and finds out what its columns are, in constant memory.
 * Throws TableError when it is not a table or not what is said of it, and the abort reason when `signal` fires.
 */
export async function readTable(input: TableInput): Promise<IngestedTable> {
  await using upload = await spoolUpload(input);
  const { spooled, byteCount } = upload;
  const options = input.columnOptions?.() ?? spooled.columnOptions ?? [];
  const asText = (name: string) => options.some((column) => column.name === name && column.kind === 'categorical');
  const { database, raw, partPath } = await upload.read(asText);
  const { maxCategories } = input.limits;
  const { cellPath } = spooled;
  const asked = optionsOf(raw.names, options);
  const profiled = await profile(database, raw, { asked, maxCategories, cellPath });
  const { columns, correlations } = profiled;
  const { rowCount } = profiled.view;
  return {
    name: spooled.name,
    rowCount,
    byteCount,
    columns,
    correlations,
    warnings: [
      ...spooled.warnings,
      ...profiled.warnings,
      ...columns.flatMap((column) => (column.ignored ? [] : warningsOf(column, rowCount))),
    ],
    parts: () => storedParts(raw.parts, profiled, partPath),
    ...upload.keep(),
  };
}

function warningsOf({ name, missingCount, summary }: TableColumn, rowCount: number): string[] {
  if (missingCount === rowCount) return [`Column ${shown(name)} is missing in all ${rowCount} rows.`];
  const warnings: string[] = [];
  if (missingCount > 0) warnings.push(`Column ${shown(name)} is missing in ${missingCount} of ${rowCount} rows.`);
  const [first, last] =
    'categories' in summary
      ? [summary.categories.at(0)?.value, summary.categories.at(-1)?.value]
      : [summary.min, summary.max];
  if (first === last) warnings.push(`Column ${shown(name)} is constant: every value is ${shown(first)}.`);
  return warnings;
}

async function* storedParts(raw: RawParts, { rows, areRowsRaw, view: { database } }: Profile, path: string) {
  const { paths, rowCounts, rowsPerPart, columns } = raw;
  for (const [index, rawPath] of paths.entries()) {
    if (areRowsRaw && rowCounts[index] <= rowsPerPart) {
      yield { rowCount: rowCounts[index], bytes: await readFile(rawPath) };
      continue;
    }
    // DuckDB ends a row group where a block of rows ends, so with many columns a raw part is larger than was asked for.
    for (let first = 0; first < rowCounts[index]; first += rowsPerPart) {
      const part = `${rows(relation({ paths: [rawPath], columns }))} LIMIT ${rowsPerPart} OFFSET ${first}`;
      await database.connection.run(`COPY (${part}) TO ${literal(path)} (FORMAT parquet)`);
      yield { rowCount: Math.min(rowsPerPart, rowCounts[index] - first), bytes: await readFile(path) };
    }
  }
}
