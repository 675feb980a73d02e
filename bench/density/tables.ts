import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Papa from 'papaparse';
import type { TensorValues } from '../../src/flow/graph/program.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { resolveTraining } from '../../src/training/recipe.ts';
import { splitRows } from '../../src/training/rows.ts';

/** Rows of numbers [rows, columns], row-major. */
export interface Table {
  readonly values: Float64Array;
  readonly columns: readonly string[];
}

/** The rows of a table, and the same rows split and in units of the training rows' standard deviations. */
export interface SplitTable extends Table {
  readonly training: TensorValues;
  readonly validation: TensorValues;
  readonly test: TensorValues;
  /** What a log-density in standardised units lacks to one in the data's own. */
  readonly unitsLogDet: number;
}

/** The parts that are held out: 70 of 100 rows are left to train on. */
export const heldOut = { validationFraction: 0.15, testFraction: 0.15 };

const label = 'anomaly';

/** The ordinary rows of `<folder>/<table>.csv`, ties spread. Throws RangeError where the file is not such a table. */
export async function readTable(folder: string, table: string): Promise<Table> {
  const text = await readFile(join(folder, `${table}.csv`), 'utf8');
  const { data } = Papa.parse<string[]>(text.trimEnd());
  return spreadTies(ordinaryRows(data, table), new RandomStream(0, 'noise'));
}

/** The rows not marked as anomalies; columns that do not vary among them are left out. */
export function ordinaryRows([header, ...records]: readonly string[][], table: string): Table {
  const mark = header.indexOf(label);
  if (mark === -1) throw new RangeError(`${table}: expected a column "${label}"; got ${header.join(', ')}`);
  const ordinary = records.filter((record) => Number(record[mark]) === 0);
  const varying = header.flatMap((_, column) =>
    column !== mark && ordinary.some((record) => record[column] !== ordinary[0][column]) ? [column] : [],
  );
  const values = Float64Array.from(ordinary.flatMap((record) => varying.map((column) => Number(record[column]))));
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1)
    throw new RangeError(
      `${table}: expected a number in each cell; ordinary row ${Math.floor(bad / varying.length) + 1} has another in "${header[varying[bad % varying.length]]}"`,
    );
  return { values, columns: varying.map((column) => header[column]) };
}

/**
 * Rounded values have no density: the likelihood says no more than how narrow a spike a program made of each. Every value of
 * a column that has ties is therefore moved uniformly within the column's resolution.
 */
export function spreadTies({ values, columns }: Table, random: RandomStream): Table {
  const width = columns.length;
  const spread = values.slice();
  for (let column = 0; column < width; column++) {
    const size = resolution(values.filter((_, index) => index % width === column));
    for (let index = column; index < values.length; index += width) spread[index] += size * (random.uniform() - 0.5);
  }
  return { values: spread, columns };
}

/**
 * The median over all values of the smaller of the gaps to the next lower and the next higher one; 0 where no two values
 * are the same.
 */
export function resolution(values: Float64Array): number {
  const distinct = Float64Array.from(new Set(values)).sort();
  if (distinct.length === values.length) return 0;
  const gaps = new Map<number, number>();
  distinct.forEach((value, index) => {
    const below = value - (distinct[index - 1] ?? Number.NEGATIVE_INFINITY);
    const above = (distinct[index + 1] ?? Number.POSITIVE_INFINITY) - value;
    gaps.set(value, Math.min(below, above));
  });
  const all = values.map((value) => gaps.get(value) ?? 0).sort();
  const middle = all.length / 2;
  return (all[Math.ceil(middle) - 1] + all[Math.floor(middle)]) / 2;
}

/** The split that training makes of the same rows with the same seed. */
export function splitTable(rows: Table, seed: number): SplitTable {
  const rowCount = rows.values.length / rows.columns.length;
  const numbers = splitRows(rowCount, resolveTraining(heldOut, { rows: rowCount }), seed);
  const moments = rows.columns.map((_, column) => momentsOf(columnOf(rows, column, numbers.training)));
  const part = (of: Int32Array) => standardized(rows, of, moments);
  return {
    ...rows,
    training: part(numbers.training),
    validation: part(numbers.validation),
    test: part(numbers.test),
    unitsLogDet: moments.reduce((total, { deviation }) => total - Math.log(deviation), 0),
  };
}

interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

function momentsOf(values: Float64Array): Moments {
  const mean = values.reduce((total, value) => total + value / values.length, 0);
  const variance = values.reduce((total, value) => total + (value - mean) ** 2 / values.length, 0);
  return { mean, deviation: Math.sqrt(variance) };
}

function columnOf({ values, columns }: Table, column: number, rowNumbers: Int32Array): Float64Array {
  return Float64Array.from(rowNumbers, (row) => values[row * columns.length + column]);
}

function standardized({ values }: Table, rowNumbers: Int32Array, moments: readonly Moments[]): TensorValues {
  const width = moments.length;
  const result = new Float32Array(rowNumbers.length * width);
  rowNumbers.forEach((row, index) => {
    moments.forEach(({ mean, deviation }, column) => {
      result[index * width + column] = (values[row * width + column] - mean) / deviation;
    });
  });
  return { values: result, shape: [rowNumbers.length, width] };
}
