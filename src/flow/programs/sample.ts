import { type Density, flowsOf, noiseColumns } from '../density.ts';
import { normalQuantile } from '../distributions/normal-quantile.ts';
import { decode } from '../encoding/decode.ts';
import { encodeContext } from '../encoding/encode.ts';
import { Layout } from '../encoding/layout.ts';
import { greater, split, where } from '../graph/operations.ts';
import type { Program } from '../graph/program.ts';
import { input, type Tensor } from '../graph/tensor.ts';

/**
 * `noise` [rows, noise columns], standard normal float32 -> `rows` in codes [rows, columns], float64.
 * A conditional density also takes `context` in codes [rows, context], float64. With `tempered` there is a `temperature`, float32
 * [1, 1]: see `Scope`.
 */
export function sampleProgram(
  density: Density,
  { tempered = false }: { tempered?: boolean } = {},
): Program<string, 'rows'> {
  const given = density.context.length;
  const noise = input('noise', 'float32', ['rows', noiseColumns(density)]);
  const temperature = tempered ? input('temperature', 'float32', [1, 1]) : undefined;
  const inputs = { noise, ...(temperature && { temperature }) };
  const rows = (context?: Tensor) => ({
    rows: decode(encodedSample(density, noise, context, temperature), density.encoding),
  });
  if (given === 0) return { inputs, outputs: rows() };
  const context = input('context', 'float64', ['rows', given]);
  return { inputs: { ...inputs, context }, outputs: rows(encodeContext(context, density.encoding)) };
}

/** The same without the way back to codes: `encoded` [rows, ..], float32, given `context` as it stands in encoded rows, float32. */
export function encodedSampleProgram(density: Density): Program<string, 'encoded'> {
  const layout = new Layout(density.encoding);
  const noise = input('noise', 'float32', ['rows', noiseColumns(density)]);
  const given = layout.width - layout.contextStart;
  if (given === 0) return { inputs: { noise }, outputs: { encoded: encodedSample(density, noise, undefined) } };
  const context = input('context', 'float32', ['rows', given]);
  return { inputs: { noise, context }, outputs: { encoded: encodedSample(density, noise, context) } };
}

/**
 * A sample as it is encoded. Of an ensemble it is that of member m where the last column of the noise lies between the
 * normal quantiles of m / k and (m + 1) / k. A graph has no branches by row, so every member samples every row: k times the
 * cost of one member, as to score.
 */
function encodedSample(density: Density, noise: Tensor, context: Tensor | undefined, temperature?: Tensor): Tensor {
  const { members } = density;
  const k = members.length;
  const width = noiseColumns(density);
  const samples = flowsOf(density).map((flow, index) => {
    const sizes = [flow.noiseColumns, width - flow.noiseColumns].filter((size) => size > 0);
    const [own] = split(noise, sizes);
    const scope = { ...flow.parameters.fixed(members[index].parameters), temperature };
    return flow.sample(own, scope, context);
  });
  if (k === 1) return samples[0];
  const [, choice] = split(noise, [width - 1, 1]);
  return samples.reduce((chosen, sample, m) => where(greater(choice, normalQuantile(m / k)), sample, chosen));
}
