import { ofColumns, standardize, unstandardize } from '../bijectors/standardization.ts';
import type { Density } from '../density.ts';
import { Flow } from '../flow.ts';
import type { Program } from '../graph/program.ts';
import { input, type Tensor } from '../graph/tensor.ts';

/**
 * `noise` [rows, noise columns], standard normal float32 -> `rows` [rows, columns] in the user's units, float64.
 * A conditional density also takes `context` [rows, context], in the user's units, float64.
 */
export function sampleProgram(density: Density): Program<string, 'rows'> {
  const { standardization, parameters } = density;
  const [columns, given] = [density.columns.length, density.context.length];
  const flow = new Flow(density.spec, { columns, context: given });
  const scope = flow.parameters.fixed(parameters);
  const noise = input('noise', 'float32', ['rows', flow.noiseColumns]);
  const inUserUnits = (u: Tensor) => ({ rows: unstandardize(u, ofColumns(standardization, 0, columns)) });
  if (given === 0) return { inputs: { noise }, outputs: inUserUnits(flow.sample(noise, scope)) };
  const context = input('context', 'float64', ['rows', given]);
  const { u } = standardize(context, ofColumns(standardization, columns));
  return { inputs: { noise, context }, outputs: inUserUnits(flow.sample(noise, scope, u)) };
}
