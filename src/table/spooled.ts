import type { Limits } from '../config.ts';
import { checkColumnNames } from './columns.ts';
import type { CsvOptions } from './csv-layout.ts';
import type { Database } from './duckdb.ts';
import type { RawParts } from './raw-parts.ts';
import { type CsvFile, readCsv } from './read-csv.ts';

export type TableLimits = Pick<Limits, 'maxUploadBytes' | 'maxRows' | 'maxColumns'>;

export interface SpoolOptions {
  readonly csv?: CsvOptions | undefined;
  /** What the columns of JSON arrays without names are called, if there are as many. */
  readonly columns?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The cells of a table, and what its columns are called. */
export interface RawTable {
  readonly names: readonly string[];
  readonly parts: RawParts;
}

/** An upload on disk, and how to read it. */
export interface SpooledTable {
  /** What the body itself says. */
  readonly name?: string | undefined;
  readonly warnings: readonly string[];
  /** Reads the cells into files under `directory`, which must not exist. Throws TableError. */
  read(database: Database, directory: string, limits: TableLimits): Promise<RawTable>;
}

/** A table that is on disk as CSV. */
export function csvTable(file: CsvFile, about: Pick<SpooledTable, 'name' | 'warnings'>): SpooledTable {
  return {
    ...about,
    async read(database, directory, limits) {
      checkColumnNames(file.names, limits);
      return { names: file.names, parts: await readCsv(database, file, directory) };
    },
  };
}

/** Rows of numbers that are on disk as CSV without a header. */
export function numbersTable(path: string, names: readonly string[], name?: string): SpooledTable {
  return csvTable({ path, names, delimiter: ',', header: false, hasUnderscore: false }, { name, warnings: [] });
}
