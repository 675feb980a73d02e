import { type Standardization, unstandardize } from '../bijectors/standardization.ts';
import type { Flow } from '../flow.ts';
import type { Program } from '../graph/program.ts';
import { input } from '../graph/tensor.ts';

/** `noise` [rows, columns], standard normal float32 -> `rows` [rows, columns] in the user's units, float64. */
export function sampleProgram(
  flow: Flow,
  standardization: Standardization,
  parameters: Float32Array,
): Program<'noise', 'rows'> {
  const noise = input('noise', 'float32', ['rows', flow.columns]);
  const sampled = flow.sample(noise, flow.parameters.fixed(parameters));
  return { inputs: { noise }, outputs: { rows: unstandardize(sampled, standardization) } };
}
