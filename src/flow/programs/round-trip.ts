import type { RowFlow } from '../flow.ts';
import type { Program } from '../graph/program.ts';
import { input } from '../graph/tensor.ts';

/** `rows` [rows, columns + context], encoded, -> `error` [rows, columns]: |x - generate(normalize(x))|. */
export function roundTripProgram(flow: RowFlow, parameters: Float32Array): Program<'rows', 'error'> {
  const rows = input('rows', 'float32', ['rows', flow.columns + flow.context]);
  return { inputs: { rows }, outputs: { error: flow.roundTripError(rows, flow.parameters.fixed(parameters)) } };
}
