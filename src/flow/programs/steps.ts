/**
 * What numbers are on their way through the layers of one member of a density, from the base to the data or back. All programs give
 * them out as `step0`, at the base, to `step` and the number of layers, encoded data: each [numbers, rows], float32.
 */
import type { Hyperplanes } from '../bijectors/bijector.ts';
import { type Density, flowsOf } from '../density.ts';
import { decode, inUnits } from '../encoding/decode.ts';
import { encode, encodeContext } from '../encoding/encode.ts';
import { isNumber } from '../encoding/encoding.ts';
import type { Flow, RowFlow } from '../flow.ts';
import { cast, greater, transpose, where } from '../graph/operations.ts';
import { type Program, record } from '../graph/program.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import type { Scope } from '../parameters.ts';

export const stepName = (step: number) => `step${step}`;

/** What hyperplanes of a layer are called, as outputs, by the layer's place in its spec. */
export const hyperplaneNames = (layer: number) => ({
  normals: `normals${layer}`,
  offsets: `offsets${layer}`,
  slopes: `slopes${layer}`,
});

/** `noise` [rows, noise columns] of the member, and `context` as `sampleProgram` takes it -> the steps, and the sample's `rows` in codes. */
export function sampledStepsProgram(density: Density, member: number): Program {
  const { flow, scope } = memberOf(density, member);
  const { encoding } = density;
  const noise = input('noise', 'float32', ['rows', flow.noiseColumns]);
  const context =
    encoding.context.length > 0 ? input('context', 'float64', ['rows', encoding.context.length]) : undefined;
  const { steps, x } = flow.sampleSteps(noise, scope, context && encodeContext(context, encoding));
  return {
    inputs: { noise, ...(context && { context }) },
    outputs: { ...named(steps), rows: decode(x, encoding) },
  };
}

/** `rows` in codes [rows, columns + context] -> the steps, and `beyond` [rows], int32, 1 where the density is zero. */
export function normalizedStepsProgram(density: Density, member: number): Program {
  const { flow, scope } = memberOf(density, member);
  const { rows, encoded, beyond } = encodedRows(density);
  const { numbers, at } = placed(flow, encoded, scope);
  const steps = numbersIn(flow).bijector.normalizeSteps(numbers, at);
  return {
    inputs: { rows },
    outputs: { ...named(steps.map(({ z }) => z).reverse()), beyond: cast(beyond, 'int32') },
  };
}

/**
 * Points `z` [numbers, rows] at the base, of which those numbers are taken that are `shown`, [numbers, 1], 1 or 0, the others being at
 * the base's centre, and `rows` in codes [rows, columns + context], of which the context and all that is discrete are taken -> the
 * steps, and `scaled` [rows, numbers], float64, the last in the columns' units. Of two numbers it also gives out the layers'
 * hyperplanes (see `hyperplaneNames`).
 */
export function gridStepsProgram(density: Density, member: number): Program {
  const { flow, scope } = memberOf(density, member);
  const ofNumbers = numbersIn(flow);
  const { rows, encoded } = encodedRows(density);
  const { at } = placed(flow, encoded, scope);
  const z = input('z', 'float32', [ofNumbers.columns, 'rows']);
  const shown = input('shown', 'float32', [ofNumbers.columns, 1]);
  const start = where(greater(shown, 0), z, ofNumbers.centre(ofNumbers.bijector.behind(at)));
  const steps = ofNumbers.bijector.generateSteps(start, at);
  const scaled = inUnits(transpose(steps[steps.length - 1]), density.encoding.columns.filter(isNumber));
  const hyperplanes = ofNumbers.columns === 2 ? ofNumbers.bijector.hyperplanesOfEach(at) : [];
  return {
    inputs: { rows, z, shown },
    outputs: { ...named(steps), scaled, ...Object.assign({}, ...hyperplanes.map(namedHyperplanes)) },
  };
}

function memberOf(density: Density, member: number): { flow: RowFlow; scope: Scope } {
  const flow = flowsOf(density)[member];
  return { flow, scope: flow.parameters.fixed(density.members[member].parameters) };
}

function encodedRows({ encoding }: Density) {
  const rows = input('rows', 'float64', ['rows', encoding.columns.length + encoding.context.length]);
  return { rows, ...encode(rows, encoding) };
}

function placed(flow: RowFlow, encoded: Tensor, scope: Scope): { numbers: Tensor; at: Scope } {
  const { numbers, at } = flow.numbersOf(encoded, scope);
  if (!numbers) throw noNumbers();
  return { numbers, at };
}

function numbersIn({ ofNumbers }: RowFlow): Flow {
  if (!ofNumbers) throw noNumbers();
  return ofNumbers;
}

const noNumbers = () => new RangeError('Expected a density with columns of numbers');

const named = (steps: readonly Tensor[]) => record(steps.map((tensor, step) => [stepName(step), tensor]));

function namedHyperplanes(hyperplanes: Hyperplanes | undefined, layer: number): Record<string, Tensor> {
  if (!hyperplanes) return {};
  const names = hyperplaneNames(layer);
  const { normals, offsets, slopes } = hyperplanes;
  return { [names.normals]: normals, [names.offsets]: offsets, [names.slopes]: slopes };
}
