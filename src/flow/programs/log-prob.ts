import { type Density, flowsOf } from '../density.ts';
import { encode } from '../encoding/encode.ts';
import type { RowFlow } from '../flow.ts';
import { add, cast, div, exp, log, max, sub, where } from '../graph/operations.ts';
import type { Program } from '../graph/program.ts';
import { input, type Tensor } from '../graph/tensor.ts';

/**
 * `rows` in codes [rows, columns + context], float64 -> `logProb` [rows], float64, in nats and the user's units: the
 * log-density of the columns, given the context. Of discrete columns it is a probability; that of integers of many values is
 * the density at the integer, over a width of 1.
 */
export function logProbProgram(density: Density): Program<'rows', 'logProb'> {
  const { columns, context, encoding, members } = density;
  const rows = input('rows', 'float64', ['rows', columns.length + context.length]);
  const { encoded, logDet, beyond } = encode(rows, encoding);
  const ofMembers = flowsOf(density).map((flow, index) =>
    cast(flow.logProb(encoded, flow.parameters.fixed(members[index].parameters)), 'float64'),
  );
  const inUserUnits = add(logMeanExp(ofMembers), logDet);
  return { inputs: { rows }, outputs: { logProb: where(beyond, Number.NEGATIVE_INFINITY, inUserUnits) } };
}

/** The same of encoded rows, without their log-determinant, with the parameters given at run time: how a flow in training is judged. */
export function evaluationProgram(flow: RowFlow): Program<'rows' | 'parameters', 'logProb'> {
  const rows = input('rows', 'float32', ['rows', flow.columns + flow.context]);
  const parameters = input('parameters', 'float32', [flow.parameters.length]);
  return { inputs: { rows, parameters }, outputs: { logProb: flow.logProb(rows, flow.parameters.within(parameters)) } };
}

/** log((1/k) sum exp(x_i)) of k float64 tensors of one shape; -Infinity where all of them are. */
function logMeanExp([first, ...others]: readonly Tensor[]): Tensor {
  if (others.length === 0) return first;
  // Finite even where all are -Infinity: the difference of two infinities would be no number.
  const top = others.reduce(max, max(first, -Number.MAX_VALUE));
  const total = others.reduce((sum, x) => add(sum, exp(sub(x, top))), exp(sub(first, top)));
  return add(log(div(total, others.length + 1)), top);
}
