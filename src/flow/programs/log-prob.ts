import { ofColumns, standardizationLogDet, standardize } from '../bijectors/standardization.ts';
import type { Density } from '../density.ts';
import { Flow } from '../flow.ts';
import { add, cast, where } from '../graph/operations.ts';
import type { Program } from '../graph/program.ts';
import { input } from '../graph/tensor.ts';

/**
 * `rows` [rows, columns + context] in the user's units, float64 -> `logProb` [rows] in nats and those units, float64:
 * the log-density of the columns, given the context.
 */
export function logProbProgram(density: Density): Program<'rows', 'logProb'> {
  const { columns, context, spec, standardization, parameters } = density;
  const flow = new Flow(spec, { columns: columns.length, context: context.length });
  const rows = input('rows', 'float64', ['rows', columns.length + context.length]);
  const { u, beyond } = standardize(rows, standardization);
  const logProb = cast(flow.logProb(u, flow.parameters.fixed(parameters)), 'float64');
  const inUserUnits = add(logProb, standardizationLogDet(ofColumns(standardization, 0, columns.length)));
  return { inputs: { rows }, outputs: { logProb: where(beyond, Number.NEGATIVE_INFINITY, inUserUnits) } };
}

/** The same in standardised units with the parameters given at run time: how a flow in training is judged. */
export function evaluationProgram(flow: Flow): Program<'rows' | 'parameters', 'logProb'> {
  const rows = input('rows', 'float32', ['rows', flow.columns + flow.context]);
  const parameters = input('parameters', 'float32', [flow.parameters.length]);
  return { inputs: { rows, parameters }, outputs: { logProb: flow.logProb(rows, flow.parameters.within(parameters)) } };
}
