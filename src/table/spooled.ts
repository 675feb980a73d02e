import type { Limits } from '../config.ts';
import type { Source } from './cell-sql.ts';
import { checkColumnNames } from './columns.ts';
import type { CsvFormat, CsvOptions } from './csv-layout.ts';
import type { Database } from './duckdb.ts';
import type { ColumnOptions } from './kinds.ts';
import type { RawParts } from './raw-parts.ts';
import { type CsvFile, readCsv, readTypedCsv } from './read-csv.ts';

export type TableLimits = Pick<Limits, 'maxUploadBytes' | 'maxRows' | 'maxColumns' | 'maxCells' | 'maxCategories'>;

export interface SpoolOptions {
  readonly csv?: CsvOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ReadOptions {
  readonly limits: TableLimits;
  /** Columns whose texts matter, numbers or not. */
  readonly asText: (name: string) => boolean;
}

/** The cells of a table, and what its columns are called and hold. */
export interface RawTable {
  readonly names: readonly string[];
  readonly sources: readonly Source[];
  readonly parts: RawParts;
}

/** An upload on disk, and how to read it. */
export interface SpooledTable {
  /** What the body itself says. */
  readonly name?: string | undefined;
  readonly columnOptions?: readonly ColumnOptions[];
  /** How a CSV was read. */
  readonly csv?: CsvFormat;
  /** The JSON path of a cell, by the index of its row and of its column, where the body has such. */
  readonly cellPath?: (row: number, column: number) => string;
  readonly warnings: readonly string[];
  /** Reads the cells into files under `directory`, which must not exist. Throws TableError. */
  read(database: Database, directory: string, options: ReadOptions): Promise<RawTable>;
}

type About = Omit<SpooledTable, 'read'>;

/** A table that is on disk as CSV. */
export function csvTable(file: CsvFile, about: About): SpooledTable {
  return {
    ...about,
    async read(database, directory, { limits, asText }) {
      checkColumnNames(file.names, limits);
      return { names: file.names, ...(await readCsv(database, file, directory, asText)) };
    },
  };
}

/** Rows that are on disk as CSV without a header, and whose columns are known to hold certain cells. */
export function typedTable(
  path: string,
  names: readonly string[],
  sources: readonly Source[],
  about: Partial<About> = {},
): SpooledTable {
  const file = { path, names, delimiter: ',', header: false, hasUnderscore: false };
  return {
    warnings: [],
    ...about,
    async read(database, directory, { limits }) {
      checkColumnNames(names, limits);
      return { names, sources, parts: await readTypedCsv(database, file, directory, sources) };
    },
  };
}
