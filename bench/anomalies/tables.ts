import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Papa from 'papaparse';
import { RandomStream } from '../../src/flow/random/stream.ts';

const label = 'anomaly';
/** Of the training rows, and of the ordinary rows to score. */
const mostRows = 10_000;

/** The numbers of a table, row-major, and which of its rows are anomalies. */
export interface LabelledTable {
  readonly columns: readonly string[];
  readonly values: Float64Array;
  readonly anomalous: readonly boolean[];
}

/** What a detector learns from, and what it is asked about; all row-major, with the same columns. */
export interface AnomalySplit {
  readonly columns: readonly string[];
  /** Ordinary rows alone. */
  readonly training: Float64Array;
  readonly ordinary: Float64Array;
  readonly anomalies: Float64Array;
}

/** Reads `<folder>/<table>.csv`. Throws RangeError where the file is not a table of numbers with a column `anomaly`. */
export async function readLabelledTable(folder: string, table: string): Promise<LabelledTable> {
  const text = await readFile(join(folder, `${table}.csv`), 'utf8');
  const [header, ...records] = Papa.parse<string[]>(text.trimEnd()).data;
  const mark = header.indexOf(label);
  if (mark === -1) throw new RangeError(`${table}: expected a column "${label}"; got ${header.join(', ')}`);
  const without = (record: readonly string[]) => record.filter((_, column) => column !== mark);
  const columns = without(header);
  const values = Float64Array.from(records.flatMap(without), Number);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1)
    throw new RangeError(
      `${table}: expected a number in each cell; row ${Math.floor(bad / columns.length) + 1} has another in "${columns[bad % columns.length]}"`,
    );
  return { columns, values, anomalous: records.map((record) => Number(record[mark]) === 1) };
}

/**
 * Half of the ordinary rows, at random by seed, to learn from; the other half and all anomalies to score (at most 10,000
 * ordinary rows each). Columns that do not vary among the rows to learn from are left out.
 */
export function splitForAnomalies({ columns, values, anomalous }: LabelledTable, seed: number): AnomalySplit {
  const numbersOf = (wanted: boolean) => anomalous.flatMap((is, row) => (is === wanted ? [row] : []));
  const ordinary = numbersOf(false);
  const order = Array.from(new RandomStream(seed, 'split').permutation(ordinary.length), (place) => ordinary[place]);
  const half = Math.floor(ordinary.length / 2);
  const training = order.slice(0, Math.min(half, mostRows));
  const width = columns.length;
  const varying = columns.flatMap((_, column) => {
    const cell = (row: number) => values[row * width + column];
    return training.some((row) => cell(row) !== cell(training[0])) ? [column] : [];
  });
  const part = (rows: readonly number[]) =>
    Float64Array.from(rows.flatMap((row) => varying.map((column) => values[row * width + column])));
  return {
    columns: varying.map((column) => columns[column]),
    training: part(training),
    ordinary: part(order.slice(half, half + mostRows)),
    anomalies: part(numbersOf(true)),
  };
}
