import type { Engine } from '../engine/engine.ts';
import { reach } from '../flow/encoding/encode.ts';
import { type ColumnEncoding, type Encoding, isNumber, lineBounds } from '../flow/encoding/encoding.ts';
import { Layout } from '../flow/encoding/layout.ts';
import { float32, float64, type TensorValues } from '../flow/graph/program.ts';
import { encodeProgram } from '../flow/programs/encode.ts';
import { RandomStream } from '../flow/random/stream.ts';
import { columnName, fitColumns, type MissingPolicy, onLine, type Rows } from './columns.ts';
import { TrainingError } from './errors.ts';
import { estimate } from './evaluation.ts';
import { type Floor, fitBaseline } from './gaussian.ts';
import type { Training } from './recipe.ts';
import { type SplitRows, splitRows } from './rows.ts';
import { repeatedRows, type Ties } from './ties.ts';

/** Encoded rows [rows, width] in memory that threads share, and what their log-densities lack to those in the data's units. */
export interface EncodedRows {
  readonly rows: TensorValues;
  /** Nats, [rows]. */
  readonly logDet: Float64Array;
}

/** A table made ready to be trained on and judged by; its rows are in random order. */
export interface TrainingTable {
  /** The names of the modelled columns, and of those that condition them. */
  readonly columns: readonly string[];
  readonly context: readonly string[];
  readonly encoding: Encoding;
  readonly training: EncodedRows;
  readonly validation: EncodedRows;
  readonly test: EncodedRows;
  /** Test rows in codes [rows, columns + context], float64: as the trained model will be given rows to score. */
  readonly calibration: TensorValues;
  /** Over how much the values at each place of an encoded row are spread evenly, in units of their scale; 0 where there are no ties. */
  readonly spread: readonly number[];
  /** The least noise that keeps the density of the columns finite. */
  readonly leastNoise: number;
  /** What a mean log-density of the encoded validation rows lacks to one in the data's units. */
  readonly unitsLogDet: number;
  /** What simple densities of the training rows reach on the others, encoded. */
  readonly floors: { readonly validation: Floor; readonly test: Floor };
  readonly warnings: readonly string[];
}

export interface PrepareTask {
  /** The modelled columns, then the context. */
  readonly rows: Rows;
  /** How many of the columns are context. */
  readonly context: number;
  readonly missing?: MissingPolicy;
  readonly training: Training;
  readonly seed: number;
}

/** Ties and repeated rows are looked for in so many rows: a random part of a large table shows them too. */
const inspectedRows = 200_000;
/** A column with fewer distinct values than this part of its rows is named in a warning. */
const fewDistinct = 0.5;
/** Of rows that repeat others, this part is worth a warning. */
const manyRepeated = 0.1;
/** In standard deviations, added to rows with collinear columns: without it their density would be infinite. */
const collinearNoise = 0.01;
/** More rows would change no p-value that anybody acts upon. */
const mostCalibrationRows = 50_000;
/** Rows encoded in one native call. */
const chunkRows = 16_384;

/**
 * Splits and encodes a table and looks for what has no density: ties and collinear columns. Throws TrainingError when a column
 * is constant or too large, when a cell has no density, or when there are too few rows.
 */
export async function prepareTable(engine: Engine, task: PrepareTask): Promise<TrainingTable> {
  const { context, missing = 'reject', training, seed } = task;
  const { rows } = task;
  const names = rows.columns.map(columnName);
  const modelled = names.length - context;
  const used = missing === 'drop' ? completeRows(rows) : allRows(rows);
  const places = splitRows(used.length, training, seed);
  const ofUsed = (numbers: Int32Array) => numbers.map((place) => used[place]);
  const split = {
    training: ofUsed(places.training),
    validation: ofUsed(places.validation),
    test: ofUsed(places.test),
  };
  const order = new RandomStream(seed, 'inspection').permutation(used.length);
  const inspected = ofUsed(order.subarray(0, inspectedRows));
  const { encoding, fitted } = fitColumns(rows, {
    context,
    missing,
    tieSpread: training.tieSpread,
    used,
    training: split.training,
    inspected,
  });
  const encoder = await Encoder.load(engine, rows, encoding);
  const encoded = await encoder.encodeAll(split).finally(() => encoder.release());
  const calibration = codesOf(rows, split.test.subarray(0, mostCalibrationRows));
  const layout = new Layout(encoding);
  const { collinear, floor } = fitBaseline(encoded.training.rows, layout);
  const steps = new Map(fitted.map(({ encoding: { name }, step }) => [name, step]));
  return {
    columns: names.slice(0, modelled),
    context: names.slice(modelled),
    encoding,
    ...encoded,
    calibration,
    spread: layout.numbers.map((column) => (column ? (steps.get(column.name) ?? 0) / column.scale : 0)),
    leastNoise: collinear.length > 0 ? collinearNoise : 0,
    unitsLogDet: estimate([encoded.validation.logDet]).mean,
    floors: { validation: floor(encoded.validation.rows), test: floor(encoded.test.rows) },
    warnings: [
      ...tieWarning(fitted.slice(0, modelled)),
      ...collinear.map(
        (name) =>
          `Column ${quoted(name)} is a linear combination of others: noise of ${collinearNoise} standard deviations keeps its density finite.`,
      ),
      // Where no column is continuous, rows that repeat others are in the nature of things.
      ...(encoding.columns.some(({ kind }) => kind === 'continuous') ? repeatedWarning(rows, inspected) : []),
    ],
  };
}

/** Encodes rows by the very program that encodes those to be scored. */
class Encoder {
  readonly #rows: Rows;
  readonly #encoding: Encoding;
  readonly #width: number;
  readonly #program: Awaited<ReturnType<typeof loadEncoder>>;

  private constructor(rows: Rows, encoding: Encoding, program: Awaited<ReturnType<typeof loadEncoder>>) {
    this.#rows = rows;
    this.#encoding = encoding;
    this.#width = new Layout(encoding).width;
    this.#program = program;
  }

  static async load(engine: Engine, rows: Rows, encoding: Encoding): Promise<Encoder> {
    return new Encoder(rows, encoding, await loadEncoder(engine, encoding));
  }

  async encodeAll({ training, validation, test }: SplitRows): Promise<Record<keyof SplitRows, EncodedRows>> {
    return {
      training: await this.encode(training),
      validation: await this.encode(validation),
      test: await this.encode(test),
    };
  }

  async encode(rowNumbers: Int32Array): Promise<EncodedRows> {
    const count = rowNumbers.length;
    const values = new Float32Array(new SharedArrayBuffer(4 * count * this.#width));
    const logDet = new Float64Array(new SharedArrayBuffer(8 * count));
    for (let first = 0; first < count; first += chunkRows) {
      const numbers = rowNumbers.subarray(first, first + chunkRows);
      const outputs = await this.#program.run({ rows: codesOf(this.#rows, numbers) });
      const bad = outputs.beyond.values.findIndex((beyond) => Number(beyond) !== 0);
      if (bad !== -1) throw this.#refusal(numbers[bad]);
      values.set(float32(outputs.encoded), first * this.#width);
      logDet.set(float64(outputs.logDet), first);
    }
    return { rows: { values, shape: [count, this.#width] }, logDet };
  }

  release(): Promise<void> {
    return this.#program.release();
  }

  /** Names the first cell that has no density. */
  #refusal(row: number): TrainingError {
    const columns = [...this.#encoding.columns, ...this.#encoding.context];
    const faults = columns.flatMap((column, place) => {
      const fault = faultOf(column, this.#rows.values[row * columns.length + place]);
      return fault ? [{ ...fault, name: column.name }] : [];
    });
    const [{ code, name, message }] = faults;
    return new TrainingError(code, `Data row ${row + 1}, column ${quoted(name)}: ${message}`);
  }
}

/** Some of the rows as they are, in memory that threads share. */
function codesOf({ values, columns: { length: width } }: Rows, rowNumbers: Int32Array): TensorValues {
  const codes = new Float64Array(new SharedArrayBuffer(8 * rowNumbers.length * width));
  for (let index = 0; index < rowNumbers.length; index++)
    for (let column = 0; column < width; column++)
      codes[index * width + column] = values[rowNumbers[index] * width + column];
  return { values: codes, shape: [rowNumbers.length, width] };
}

/** Why a cell that is within its bounds has no density; undefined where it has one. */
function faultOf(column: ColumnEncoding, value: number): { code: string; message: string } | undefined {
  if (Number.isNaN(value))
    return column.missing || column.fill !== undefined
      ? undefined
      : { code: 'missing-cells', message: 'it is missing' };
  if (!isNumber(column))
    return column.categories[value] === undefined
      ? { code: 'unknown-category', message: `there is no category ${value}` }
      : undefined;
  if (column.kind === 'integer' && !Number.isInteger(value))
    return { code: 'not-an-integer', message: `${value} is not an integer` };
  if (Math.abs(onLine(value, lineBounds(column)) - column.location) <= reach * column.scale) return undefined;
  const message = `${value} is more than ${reach} standard deviations from the mean of the training rows`;
  return { code: 'values-too-large', message };
}

const loadEncoder = (engine: Engine, encoding: Encoding) => engine.load(encodeProgram(encoding));

const allRows = ({ values, columns }: Rows) =>
  Int32Array.from({ length: values.length / columns.length }, (_, row) => row);

/** The numbers of the rows without missing cells. */
function completeRows(rows: Rows): Int32Array {
  const width = rows.columns.length;
  return allRows(rows).filter((row) => !rows.values.subarray(row * width, (row + 1) * width).some(Number.isNaN));
}

function tieWarning(columns: readonly { encoding: { name: string; kind: string }; ties: Ties }[]): string[] {
  const tied = columns.flatMap(({ encoding: { name, kind }, ties: { distinct, rows, resolution } }) =>
    kind === 'continuous' && resolution > 0 && distinct < fewDistinct * rows
      ? [`${quoted(name)} (${distinct} values, ${Number(resolution.toPrecision(3))})`]
      : [],
  );
  if (tied.length === 0) return [];
  return [`Columns with few distinct values, each spread evenly over the step between them: ${tied.join(', ')}.`];
}

function repeatedWarning({ values, columns }: Rows, inspected: Int32Array): string[] {
  const repeated = repeatedRows(values, columns.length, inspected);
  const rows = inspected.length;
  if (repeated < manyRepeated * rows) return [];
  return [`${repeated} of ${rows} rows repeat others exactly: test rows may be copies of training rows.`];
}

const quoted = (name: string) => JSON.stringify(name);
