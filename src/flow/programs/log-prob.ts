import { ofColumns, standardizationLogDet, standardize } from '../bijectors/standardization.ts';
import { type Density, flowsOf } from '../density.ts';
import type { RowFlow } from '../flow.ts';
import { add, cast, div, exp, log, max, sub, where } from '../graph/operations.ts';
import type { Program } from '../graph/program.ts';
import { input, type Tensor } from '../graph/tensor.ts';

/**
 * `rows` [rows, columns + context] in the user's units, float64 -> `logProb` [rows] in nats and those units, float64:
 * the log-density of the columns, given the context.
 */
export function logProbProgram(density: Density): Program<'rows', 'logProb'> {
  const { columns, context, standardization, members } = density;
  const rows = input('rows', 'float64', ['rows', columns.length + context.length]);
  const { u, beyond } = standardize(rows, standardization);
  const ofMembers = flowsOf(density).map((flow, index) =>
    cast(flow.logProb(u, flow.parameters.fixed(members[index].parameters)), 'float64'),
  );
  const unitsLogDet = standardizationLogDet(ofColumns(standardization, 0, columns.length));
  const inUserUnits = add(logMeanExp(ofMembers), unitsLogDet);
  return { inputs: { rows }, outputs: { logProb: where(beyond, Number.NEGATIVE_INFINITY, inUserUnits) } };
}

/** The same in standardised units with the parameters given at run time: how a flow in training is judged. */
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
