import type { Engine } from '../../src/engine/engine.ts';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { decode } from '../../src/flow/encoding/decode.ts';
import {
  type CategoryEncoding,
  continuousColumn,
  type Encoding,
  type NumberEncoding,
} from '../../src/flow/encoding/encoding.ts';
import { Layout } from '../../src/flow/encoding/layout.ts';
import { named, type Program, record } from '../../src/flow/graph/program.ts';
import { input } from '../../src/flow/graph/tensor.ts';
import { encodeProgram } from '../../src/flow/programs/encode.ts';
import { numbersOf, rowsOf } from './flow-programs.ts';

/** A column of numbers of location 0 and scale 1 but for what is given. */
export const numberColumn = (given: Partial<NumberEncoding> = {}): NumberEncoding => ({
  ...continuousColumn('number', 0, 1),
  ...given,
});

/** A column of so many categories. */
export const categoryColumn = (count: number, given: Partial<CategoryEncoding> = {}): CategoryEncoding => ({
  name: 'category',
  kind: 'categorical',
  categories: Array.from({ length: count }, (_, code) => `category ${code}`),
  missing: false,
  ...given,
});

/** `encoded` as in a whole row [rows, width] -> the codes of the columns. */
export function decodeProgram(encoding: Encoding): Program<'encoded', 'rows'> {
  const encoded = input('encoded', 'float32', ['rows', new Layout(encoding).contextStart]);
  return { inputs: { encoded }, outputs: { rows: decode(encoded, encoding) } };
}

/** Runs a program of one input on rows of the given width. */
export async function onRows<Output extends string>(
  program: Program<string, Output>,
  rows: Float64Array | Float32Array,
  width: number,
  engine: Engine = onnxRuntime,
): Promise<Record<Output, number[]>> {
  const executable = await engine.load(program);
  const [name] = Object.keys(program.inputs);
  const results = await executable.run({ [name]: rowsOf(rows, width) });
  await executable.release();
  return record(named(results).map(([output, values]) => [output, numbersOf(values)]));
}

export function encoded(encoding: Encoding, rows: readonly (readonly number[])[], engine?: Engine) {
  const width = encoding.columns.length + encoding.context.length;
  return onRows(encodeProgram(encoding), Float64Array.from(rows.flat()), width, engine);
}
