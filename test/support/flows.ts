import { Flow } from '../../src/flow/flow.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';

/** A flow of the given layers (from the data to the base). */
export function flowOf(
  layers: readonly object[],
  columns: number,
  { context = 0, base = { type: 'normal' } }: { context?: number; base?: object } = {},
): Flow {
  const { spec } = resolveFlow({ base, layers }, { columns, context, rows: 1000, path: '/flow' });
  return new Flow(spec, { columns, context });
}

/** Parameters away from where training starts: each moved by a normal of the given deviation. */
export function movedParameters(flow: Flow, deviation: number, seed = 3): Float32Array {
  const random = new RandomStream(seed, 'noise');
  return flow.parameters.initialize(seed).map((value) => value + deviation * random.normal());
}

/** Standard normal rows [rows, columns], in double precision. */
export function normalValues(rows: number, columns: number, deviation = 1, seed = 4): Float64Array {
  const random = new RandomStream(seed, 'noise');
  return Float64Array.from({ length: rows * columns }, () => deviation * random.normal());
}
