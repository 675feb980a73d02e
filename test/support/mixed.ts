import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { reference } from '../../src/engine/reference.ts';
import type { FlowShape } from '../../src/flow/encoding/layout.ts';
import type { RowFlow } from '../../src/flow/flow.ts';
import { gradients } from '../../src/flow/graph/gradient.ts';
import { mean } from '../../src/flow/graph/operations.ts';
import { input } from '../../src/flow/graph/tensor.ts';
import { type Counts, createFlow } from '../../src/flow/mixed-flow.ts';
import { evaluationProgram } from '../../src/flow/programs/log-prob.ts';
import { normalRows, RandomStream } from '../../src/flow/random/stream.ts';
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

/** Encoded samples, row by row, given the same column of context for all. */
export async function samplesOf(
  flow: RowFlow,
  parameters: Float32Array,
  { rows, seed, context: given }: { rows: number; seed: number; context: number },
): Promise<number[][]> {
  const noise = input('noise', 'float32', ['rows', flow.noiseColumns]);
  const context = input('context', 'float32', ['rows', 1]);
  const samples = flow.sample(noise, flow.parameters.fixed(parameters), context);
  const executable = await onnxRuntime.load({ inputs: { noise, context }, outputs: { samples } });
  const results = await executable.run({
    noise: rowsOf(normalRows(seed, 0, rows, flow.noiseColumns), flow.noiseColumns),
    context: rowsOf(new Float32Array(rows).fill(given), 1),
  });
  await executable.release();
  const values = numbersOf(results.samples);
  return Array.from({ length: rows }, (_, row) => values.slice(flow.columns * row, flow.columns * (row + 1)));
}

/**
 * The gradient of the mean log-density of encoded rows for the parameters at some places, and its central differences, whose
 * error is of the order of step^2 and of rounding / step.
 */
export async function gradientsOf(
  flow: RowFlow,
  parameters: Float32Array,
  rows: readonly (readonly number[])[],
  places: readonly number[],
): Promise<{ gradient: number[]; differences: number[] }> {
  const width = flow.columns + flow.context;
  const vector = input('parameters', 'float32', [flow.parameters.length]);
  const x = input('x', 'float32', [rows.length, width]);
  const value = mean(flow.logProb(x, flow.parameters.within(vector)));
  const [gradient] = gradients(value, [vector]);
  const executable = await reference.load({ inputs: { x, parameters: vector }, outputs: { value, gradient } });
  const at = Float64Array.from(parameters);
  const run = (values: Float64Array) =>
    executable.run({ x: rowsOf(Float64Array.from(rows.flat()), width), parameters: vectorOf(values) });
  const step = 1e-5;
  const valueWith = async (place: number, change: number) =>
    Number((await run(at.with(place, at[place] + change))).value.values[0]);
  const differences: number[] = [];
  for (const place of places)
    differences.push(((await valueWith(place, step)) - (await valueWith(place, -step))) / (2 * step));
  const all = numbersOf((await run(at)).gradient);
  return { gradient: places.map((place) => all[place]), differences };
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
