import type { Executable } from '../../src/engine/engine.ts';
import type { Flow } from '../../src/flow/flow.ts';
import { gradients } from '../../src/flow/graph/gradient.ts';
import { add, mean, mul, split, sum, transpose } from '../../src/flow/graph/operations.ts';
import type { Program, TensorValues } from '../../src/flow/graph/program.ts';
import { constant, input, scalar, type Tensor } from '../../src/flow/graph/tensor.ts';
import type { Scope } from '../../src/flow/parameters.ts';
import { logAbsDeterminant } from './determinant.ts';

/** Numbers as rows of the given width. */
export const rowsOf = (values: Float64Array | Float32Array, width: number): TensorValues => ({
  values,
  shape: [values.length / width, width],
});

export const vectorOf = (values: Float64Array | Float32Array): TensorValues => ({ values, shape: [values.length] });

export const numbersOf = ({ values }: TensorValues): number[] => Array.from(values, Number);

type FlowInput = 'x' | 'parameters';

/**
 * Both directions of the flow's bijector on rows `x` [rows, columns + context]: `z` and its log-determinant, z taken `back`,
 * and what the columns give when taken for a z (`generated`).
 */
export function bothWays(flow: Flow): Program<FlowInput, 'z' | 'logDet' | 'back' | 'generated'> {
  const x = input('x', 'float32', ['rows', flow.columns + flow.context]);
  const parameters = input('parameters', 'float32', [flow.parameters.length]);
  const { z, logDet, own, scope } = normalized(flow, x, flow.parameters.within(parameters));
  return {
    inputs: { x, parameters },
    outputs: {
      z: transpose(z),
      logDet: add(logDet ? sum(logDet, [0]) : scalar(0), sum(mul(x, 0), [1])),
      back: transpose(flow.bijector.generate(z, scope)),
      generated: transpose(flow.bijector.generate(own, scope)),
    },
  };
}

function normalized({ bijector, columns, context }: Flow, x: Tensor, unconditional: Scope) {
  const [own, given] = context > 0 ? split(transpose(x), [columns, context], 0) : [transpose(x)];
  const scope = context > 0 ? { ...unconditional, context: given } : unconditional;
  return { ...bijector.normalize(own, scope), own, scope };
}

/** A scalar of the results of `normalize` for a fixed number of rows, and its gradient by the parameters. */
export function slope(flow: Flow, rows: number): Program<FlowInput, 'value' | 'gradient'> {
  const x = input('x', 'float32', [rows, flow.columns + flow.context]);
  const parameters = input('parameters', 'float32', [flow.parameters.length]);
  const { z, logDet } = normalized(flow, x, flow.parameters.within(parameters));
  // Each column has a weight of its own: unlike the density of the base, this is not the same after a rotation.
  const weights = Float32Array.from({ length: flow.columns }, (_, column) => 1 + column / 2);
  const weighted = mean(mul(z, constant(weights, [flow.columns, 1])));
  const value = logDet ? add(weighted, mean(sum(logDet, [0]))) : weighted;
  return { inputs: { x, parameters }, outputs: { value, gradient: gradients(value, [parameters])[0] } };
}

/** log|det dz/dx| of each row by central differences, whose error for a step of 1e-6 is about 1e-9. */
export async function jacobianLogDets(
  executable: Executable<FlowInput, 'z'>,
  { values, shape: [rows, width] }: TensorValues,
  { columns, parameters }: { columns: number; parameters: TensorValues },
): Promise<number[]> {
  const step = 1e-6;
  const moves = Array.from({ length: 2 * columns }, (_, index) => ({
    column: index % columns,
    change: index < columns ? step : -step,
  }));
  const moved = Array.from({ length: rows }, (_, row) => {
    const at = Float64Array.from(values.slice(row * width, (row + 1) * width), Number);
    return moves.flatMap(({ column, change }) => Array.from(at.with(column, at[column] + change)));
  });
  const { z } = await executable.run({ x: rowsOf(Float64Array.from(moved.flat()), width), parameters });
  return Array.from({ length: rows }, (_, row) => {
    const at = (move: number, out: number) => Number(z.values[(row * 2 * columns + move) * columns + out]);
    const jacobian = Float64Array.from({ length: columns * columns }, (_, index) => {
      const [out, column] = [Math.floor(index / columns), index % columns];
      return (at(column, out) - at(column + columns, out)) / (2 * step);
    });
    return logAbsDeterminant(jacobian, columns);
  });
}
