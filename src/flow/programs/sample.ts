import { ofColumns, standardize, unstandardize } from '../bijectors/standardization.ts';
import { type Density, flowsOf, noiseColumns } from '../density.ts';
import { normalQuantile } from '../distributions/normal-quantile.ts';
import { greater, split, where } from '../graph/operations.ts';
import type { Program } from '../graph/program.ts';
import { input, type Tensor } from '../graph/tensor.ts';

/**
 * `noise` [rows, noise columns], standard normal float32 -> `rows` [rows, columns] in the user's units, float64.
 * A conditional density also takes `context` [rows, context], in the user's units, float64.
 */
export function sampleProgram(density: Density): Program<string, 'rows'> {
  const given = density.context.length;
  const noise = input('noise', 'float32', ['rows', noiseColumns(density)]);
  const ofColumnsOnly = ofColumns(density.standardization, 0, density.columns.length);
  const rows = (context?: Tensor) => ({ rows: unstandardize(standardSample(density, noise, context), ofColumnsOnly) });
  if (given === 0) return { inputs: { noise }, outputs: rows() };
  const context = input('context', 'float64', ['rows', given]);
  const { u } = standardize(context, ofColumns(density.standardization, density.columns.length));
  return { inputs: { noise, context }, outputs: rows(u) };
}

/**
 * A sample in standardised units. Of an ensemble it is that of member m where the last column of the noise lies between the
 * normal quantiles of m / k and (m + 1) / k. A graph has no branches by row, so every member samples every row: k times the
 * cost of one member, as to score.
 */
function standardSample(density: Density, noise: Tensor, context: Tensor | undefined): Tensor {
  const { members } = density;
  const k = members.length;
  const width = noiseColumns(density);
  const samples = flowsOf(density).map((flow, index) => {
    const sizes = [flow.noiseColumns, width - flow.noiseColumns].filter((size) => size > 0);
    const [own] = split(noise, sizes);
    return flow.sample(own, flow.parameters.fixed(members[index].parameters), context);
  });
  if (k === 1) return samples[0];
  const [, choice] = split(noise, [width - 1, 1]);
  return samples.reduce((chosen, sample, m) => where(greater(choice, normalQuantile(m / k)), sample, chosen));
}
