import { ShapeError } from '../../flow/errors.ts';
import { float32, type TensorValues } from '../../flow/graph/program.ts';
import type { RandomStream } from '../../flow/random/stream.ts';
import { EvaluationError } from '../errors.ts';

/** Rows to be compared with others, row-major. In double precision no square or sum of such numbers overflows. */
export interface Sample extends TensorValues {
  readonly values: Float32Array;
  readonly shape: readonly [rows: number, width: number];
}

/**
 * A table as a sample. Throws TypeError unless it is float32, ShapeError unless it is [rows, width] with at least one row
 * and one column, and EvaluationError, with its place counted from 0, for a number that is not finite.
 */
export function sampleOf(name: string, table: TensorValues): Sample {
  const values = float32(table);
  const [rows, width] = table.shape;
  if (table.shape.length !== 2 || rows < 1 || width < 1 || values.length !== rows * width)
    throw new ShapeError(
      `${name}: expected at least one row of at least one column; got ${values.length} values of shape [${table.shape.join(', ')}]`,
    );
  for (let place = 0; place < values.length; place++)
    if (!Number.isFinite(values[place]))
      throw new EvaluationError(
        `${name}: row ${Math.floor(place / width)}, column ${place % width} is ${values[place]}; expected a finite number`,
      );
  return { values, shape: [rows, width] };
}

/** Throws ShapeError unless all samples have the same columns. */
export function checkWidths(samples: Readonly<Record<string, Sample>>): void {
  const [[firstName, first], ...others] = Object.entries(samples);
  for (const [name, { shape }] of others)
    if (shape[1] !== first.shape[1])
      throw new ShapeError(`${name}: expected ${first.shape[1]} columns, as in ${firstName}; got ${shape[1]}`);
}

/** At most `most` rows of a table [rows, width], chosen at random without replacement. Throws TypeError unless it is float32. */
export function subsample(table: TensorValues, most: number, random: RandomStream): Sample {
  const values = float32(table);
  const [rows, width] = table.shape;
  if (rows <= most) return { values, shape: [rows, width] };
  const chosen = new Float32Array(most * width);
  for (const [index, row] of random.permutation(rows).subarray(0, most).entries())
    chosen.set(values.subarray(row * width, (row + 1) * width), index * width);
  return { values: chosen, shape: [most, width] };
}
