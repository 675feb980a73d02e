import type { Limits } from '../../config.ts';
import { SpecError } from '../../flow/errors.ts';
import type { Dataset } from '../../store/datasets.ts';
import { jsonObject } from '../../store/json.ts';
import { planModel } from '../bodies/new-model.ts';
import { RequestError } from '../errors.ts';
import { describeLayers } from '../flow-catalogue.ts';
import type { NewModelBody, ResolvedModel } from '../schemas/model.ts';

const nothing = { flow: null, parameterCount: null, layers: [], candidates: [], problems: [] };

/** The model as it would be trained, or what is wrong with the request. */
export function describeModel(body: NewModelBody, dataset: Dataset, limits: Limits): ResolvedModel {
  try {
    const { plan, shape, flow, several = [] } = planModel(body, dataset, limits);
    const indicators = shape.categories.reduce((total, count) => total + count, 0);
    const row = { columns: shape.columns, context: shape.context + indicators };
    return {
      ...nothing,
      ...(flow && {
        flow: flow.spec,
        parameterCount: flow.parameterCount,
        layers: describeLayers(flow.spec, row),
      }),
      candidates: several.map(({ spec, ...rest }) => ({ ...rest, flow: spec })),
      columns: [...plan.columns],
      context: [...plan.context],
      memoryBytes: plan.memoryBytes,
      training: jsonObject(plan.training),
      warnings: [...(plan.warnings ?? [])],
    };
  } catch (error) {
    const problems = problemsOf(error);
    if (!problems) throw error;
    return { ...nothing, columns: [], context: [], memoryBytes: null, training: null, warnings: [], problems };
  }
}

/** What is wrong with a request, by its places; undefined where the error is of another kind. */
function problemsOf(error: unknown): ResolvedModel['problems'] | undefined {
  if (error instanceof SpecError) return [{ path: error.path, message: error.message }];
  if (error instanceof RequestError && error.status === 422) return [...error.faults];
  return undefined;
}
