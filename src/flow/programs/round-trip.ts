import type { Flow } from '../flow.ts';
import { abs, sub } from '../graph/operations.ts';
import type { Program } from '../graph/program.ts';
import { input } from '../graph/tensor.ts';

/** `rows` [rows, columns] in standardised units -> `error` [rows, columns]: |x - generate(normalize(x))|, elementwise. */
export function roundTripProgram(flow: Flow, parameters: Float32Array): Program<'rows', 'error'> {
  const rows = input('rows', 'float32', ['rows', flow.columns]);
  const back = flow.roundTrip(rows, flow.parameters.fixed(parameters));
  return { inputs: { rows }, outputs: { error: abs(sub(rows, back)) } };
}
