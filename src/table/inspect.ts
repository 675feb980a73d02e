import type { Cell } from './cells.ts';
import type { CsvFormat } from './csv-layout.ts';
import { identifier } from './duckdb.ts';
import { MixedColumnError } from './errors.ts';
import { describe, type OpenCells, openCells, refuseMemory, type TableInput } from './ingest.ts';
import { type KindChoice, kindChoices } from './kind-choices.ts';
import type { ColumnOptions } from './kinds.ts';
import {
  type FormedTable,
  formTable,
  type Profile,
  type ProfileOptions,
  profile,
  type TableColumn,
} from './profile.ts';
import { relation } from './raw-parts.ts';
import type { TableFormat } from './spool.ts';

/** A column as it would be stored, and what else it could be. */
export interface InspectedColumn extends Omit<TableColumn, 'summary'> {
  /** Every kind, with why it cannot be this one where it cannot. */
  readonly kinds: readonly KindChoice[];
  /** What the request or the body says of it. */
  readonly asked?: ColumnOptions;
  /** Why the table is refused unless something is said of this column. */
  readonly fault?: string;
  /** Some different values. */
  readonly examples: readonly Cell[];
}

/** What a table would become. */
export interface Inspection {
  /** What the body itself says. */
  readonly name: string | undefined;
  readonly format: TableFormat;
  /** How it was read, where it is CSV. */
  readonly csv?: CsvFormat;
  readonly rowCount: number;
  /** Of the upload, decompressed. */
  readonly byteCount: number;
  readonly columns: readonly InspectedColumn[];
  /** The first of them; long texts are cut. */
  readonly rows: readonly (readonly Cell[])[];
  readonly warnings: readonly string[];
}

const rowsShown = 10;
/** Of so many rows there are examples. */
const rowsSearched = 100;
const mostExamples = 5;
const mostCharacters = 200;

/** Reads an upload as `openTable` does, for what is to be said of it alone; of what it took on disk nothing is left. Throws as that does. */
export async function inspectTable(input: TableInput): Promise<Inspection> {
  await using cells = await openCells(input);
  const { formed, about, faults } = await formLeniently(cells).catch(refuseMemory);
  const found = await profile(formed, about).catch(refuseMemory);
  const { name, rowCount, byteCount, columns, warnings } = describe(found, { ...cells, ...formed.view });
  const kinds = await kindChoices(formed.view, cells.raw.sources, columns, about);
  const rows = await firstRows(formed, found);
  const { csv } = cells.spooled;
  return {
    ...{ name, format: input.format, ...(csv && { csv }), rowCount, byteCount, warnings },
    columns: columns.map(({ summary: _, ...column }, index) => ({
      ...column,
      kinds: kinds[index],
      ...(Object.keys(cells.about.asked[index]).length > 1 && { asked: cells.about.asked[index] }),
      ...(faults.has(column.name) && { fault: faults.get(column.name) }),
      examples: examplesOf(rows, index),
    })),
    rows: rows.slice(0, rowsShown),
  };
}

/** The table as if all columns were left out that are in its way, and what is wrong with those. */
async function formLeniently({ database, raw, about }: OpenCells) {
  const faults = new Map<string, string>();
  for (let asked = about.asked; ; ) {
    const tried: ProfileOptions = { ...about, asked };
    try {
      return { formed: await formTable(database, raw, tried), about: tried, faults };
    } catch (error) {
      if (!(error instanceof MixedColumnError)) throw error;
      faults.set(error.column, error.message);
      asked = asked.map((options) => (options.name === error.column ? { ...options, ignore: true } : options));
    }
  }
}

/** Rows as they would come back, but for long texts. */
async function firstRows({ view, parts, readings }: FormedTable, { rows }: Profile): Promise<Cell[][]> {
  const cells = view.names.map((name, column) => {
    const cell = identifier(name);
    if (readings[column].form !== 'text') return cell;
    return `CASE WHEN length(${cell}) > ${mostCharacters} THEN left(${cell}, ${mostCharacters - 1}) || '…' ELSE ${cell} END`;
  });
  const { connection } = view.database;
  const read = await connection.runAndReadAll(`SELECT ${cells} FROM (${rows(relation(parts))} LIMIT ${rowsSearched})`);
  return read.getRowsJS().map((row) => row.map(toCell));
}

function toCell(value: unknown): Cell {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

function examplesOf(rows: readonly (readonly Cell[])[], column: number): Cell[] {
  const different = new Set(rows.map((row) => row[column]));
  different.delete(null);
  return [...different].slice(0, mostExamples);
}
