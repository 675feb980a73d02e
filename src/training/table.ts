import { continuousEncoding, type Encoding } from '../flow/encoding/encoding.ts';
import type { TensorValues } from '../flow/graph/program.ts';
import { RandomStream } from '../flow/random/stream.ts';
import { fitGaussian, gaussianLogProb } from './gaussian.ts';
import type { Training } from './recipe.ts';
import { fitStandardization, type Rows, splitRows, standardizedRows } from './rows.ts';
import { columnTies, repeatedRows, type Ties } from './ties.ts';

/** A table made ready to be trained on and judged by; its rows are in memory that threads share. */
export interface TrainingTable {
  /** The names of the modelled columns, and of those that condition them. */
  readonly columns: readonly string[];
  readonly context: readonly string[];
  readonly encoding: Encoding;
  /** Rows [rows, columns + context] in standardised units, in random order. */
  readonly training: TensorValues;
  readonly validation: TensorValues;
  readonly test: TensorValues;
  /** Over how much each column's training values are spread evenly, in standardised units; 0 where there are no ties. */
  readonly spread: readonly number[];
  /** The least noise that keeps the density of the columns finite. */
  readonly leastNoise: number;
  /** What a log-density in standardised units lacks to one in the data's units. */
  readonly unitsLogDet: number;
  /** Mean log-density of the test rows under a Gaussian, in standardised units; null with collinear columns. */
  readonly gaussianTestLogProb: number | null;
  readonly warnings: readonly string[];
}

/** Ties and repeated rows are looked for in so many rows: a random part of a large table shows them too. */
const inspectedRows = 200_000;
/** A column with fewer distinct values than this part of its rows is named in a warning. */
const fewDistinct = 0.5;
/** Of rows that repeat others, this part is worth a warning. */
const manyRepeated = 0.1;
/** In standard deviations, added to rows with collinear columns: without it their density would be infinite. */
const collinearNoise = 0.01;

/**
 * Splits and standardises a table, the last `context` columns of which are context, and looks for what has no density:
 * ties and collinear columns. Throws TrainingError when a column is constant or too large, or there are too few rows.
 */
export function prepareTable(
  rows: Rows,
  { context, training, seed }: { context: number; training: Training; seed: number },
): TrainingTable {
  const width = rows.columns.length;
  const columns = width - context;
  const split = splitRows(rows.values.length / width, training, seed);
  const inspected = inspect(rows, seed);
  const ties = Array.from({ length: columns }, (_, column) => columnTies(columnOf(inspected, column)));
  const steps = rows.columns.map((_, column) => training.tieSpread * (ties[column]?.resolution ?? 0));
  const standardization = fitStandardization(rows, split.training, steps);
  const [trainingRows, validation, test] = [split.training, split.validation, split.test].map((numbers) =>
    standardizedRows(rows, numbers, standardization),
  );
  const names = { columns: rows.columns.slice(0, columns), context: rows.columns.slice(columns) };
  const gaussian = fitGaussian(trainingRows, columns);
  return {
    ...names,
    encoding: continuousEncoding(names.columns, names.context, standardization),
    training: trainingRows,
    validation,
    test,
    spread: steps.map((step, column) => step / standardization.scale[column]),
    leastNoise: gaussian.collinear.length > 0 ? collinearNoise : 0,
    unitsLogDet: -standardization.scale.slice(0, columns).reduce((total, scale) => total + Math.log(scale), 0),
    gaussianTestLogProb: gaussianLogProb(gaussian, test) ?? null,
    warnings: [
      ...tieWarning(rows.columns, ties),
      ...gaussian.collinear.map(
        (column) =>
          `Column ${quoted(rows.columns[column])} is a linear combination of others: noise of ${collinearNoise} standard deviations keeps its density finite.`,
      ),
      ...repeatedWarning(inspected),
    ],
  };
}

/** All rows, or of many a random part. */
function inspect({ values, columns }: Rows, seed: number): Rows {
  const width = columns.length;
  const count = values.length / width;
  if (count <= inspectedRows) return { values, columns };
  const part = new Float64Array(inspectedRows * width);
  new RandomStream(seed, 'inspection')
    .permutation(count)
    .subarray(0, inspectedRows)
    .forEach((row, index) => void part.set(values.subarray(row * width, (row + 1) * width), index * width));
  return { values: part, columns };
}

function columnOf({ values, columns }: Rows, column: number): Float64Array {
  const width = columns.length;
  return Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + column]);
}

function tieWarning(names: readonly string[], ties: readonly Ties[]): string[] {
  const tied = ties.flatMap(({ distinct, rows, resolution }, column) =>
    resolution > 0 && distinct < fewDistinct * rows
      ? [`${quoted(names[column])} (${distinct} values, ${Number(resolution.toPrecision(3))})`]
      : [],
  );
  if (tied.length === 0) return [];
  return [`Columns with few distinct values, each spread evenly over the step between them: ${tied.join(', ')}.`];
}

function repeatedWarning({ values, columns }: Rows): string[] {
  const rows = values.length / columns.length;
  const repeated = repeatedRows(values, columns.length);
  if (repeated < manyRepeated * rows) return [];
  return [`${repeated} of ${rows} rows repeat others exactly: test rows may be copies of training rows.`];
}

const quoted = (name: string) => JSON.stringify(name);
