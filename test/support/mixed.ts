import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { FlowShape } from '../../src/flow/encoding/layout.ts';
import type { RowFlow } from '../../src/flow/flow.ts';
import { type Counts, createFlow } from '../../src/flow/mixed-flow.ts';
import { evaluationProgram } from '../../src/flow/programs/log-prob.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { numbersOf, rowsOf, vectorOf } from './flow-programs.ts';

export const smallNetwork = { hidden: [5], activation: 'tanh' };

/** A flow of the given layers and base, resolved for rows of this shape. */
export function mixedFlowOf(
  asked: { layers: readonly object[]; base?: object },
  given: Partial<FlowShape>,
  counts?: Counts,
): RowFlow {
  const shape = { columns: 0, context: 0, categories: [], gaps: [], ...given };
  const { spec } = resolveFlow({ ...asked, categorical: smallNetwork }, { ...shape, rows: 1000, path: '/flow' });
  return createFlow(spec, shape, counts);
}

/** Parameters away from where training starts. */
export function moved({ parameters }: RowFlow, deviation = 0.3): Float32Array {
  const random = new RandomStream(5, 'noise');
  return parameters.initialize(1).map((value) => value + deviation * random.normal());
}

/** The log-densities of encoded rows. */
export async function logProbsOf(flow: RowFlow, parameters: Float32Array, rows: readonly (readonly number[])[]) {
  const executable = await onnxRuntime.load(evaluationProgram(flow));
  const values = Float32Array.from(rows.flat());
  const results = await executable.run({
    rows: rowsOf(values, flow.columns + flow.context),
    parameters: vectorOf(parameters),
  });
  await executable.release();
  return numbersOf(results.logProb);
}

/** All combinations of values of discrete variables. */
export const combinations = (categories: readonly number[]): number[][] =>
  categories.reduce<number[][]>(
    (all, count) => all.flatMap((row) => Array.from({ length: count }, (_, value) => [...row, value])),
    [[]],
  );

/** The midpoints of the cells of a grid around 0 in so many dimensions. */
export function gridOf(columns: number, cells: number, reach: number) {
  const size = (2 * reach) / cells;
  const places = combinations(new Array<number>(columns).fill(cells));
  return { points: places.map((at) => at.map((place) => (place + 0.5) * size - reach)), volume: size ** columns };
}

export const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
