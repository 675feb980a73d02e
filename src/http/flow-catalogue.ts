import type { TObject } from 'typebox';
import { baseTypes } from '../flow/bases.ts';
import { networkSchema } from '../flow/distributions/categorical.ts';
import { SpecError } from '../flow/errors.ts';
import type { FlowSpec } from '../flow/flow.ts';
import { layerTypeOf, layerTypes } from '../flow/layers.ts';
import { ParameterVector } from '../flow/parameters.ts';
import { anomaly, auto, presets, type TableSize } from '../flow/presets.ts';
import { resolveFlow, severalFlows } from '../flow/spec.ts';
import type { FlowCatalogue, ResolvedFlow, ResolveFlowBody } from './schemas/flow.ts';

const exampleTable: TableSize = { columns: 6, rows: 10_000 };

const inverse = { type: 'boolean', default: false, description: 'Exchanges the directions of the layer' };

/** The presets, and the types of layers and base distributions, as they are now. */
export function flowCatalogue(): FlowCatalogue {
  return {
    presets: [
      {
        name: auto,
        summary: 'The best of several flows, found by a race between them: left out, a flow is this.',
        isDefault: true,
        flow: null,
      },
      {
        name: anomaly,
        summary:
          'An even mixture of spline flows, trained with noise to find anomalies, with enough rows to calibrate them.',
        isDefault: false,
        flow: null,
      },
      ...[...presets].map(([name, { summary, spec }]) => ({
        name,
        summary,
        isDefault: false,
        flow: Object(spec(exampleTable)),
      })),
    ],
    exampleTable,
    layers: [...layerTypes.values()].map(({ type, summary, schema }) => ({
      type,
      summary,
      schema: partSchema(type, schema, { inverse }),
    })),
    bases: [...baseTypes.values()].map(({ type, summary, schema }) => ({
      type,
      summary,
      schema: partSchema(type, schema),
    })),
    // Everything in it has a default.
    categorical: { ...networkSchema, required: [] },
  };
}

/** The flow as it would be trained, or the first thing that is wrong with it. */
export function describeFlow(
  { flow, columns, context, rows, seed }: ResolveFlowBody,
  maxParameters: number,
): ResolvedFlow {
  const place = { columns, context, rows, seed, maxParameters, path: '/flow' };
  const nothing = { flow: null, parameterCount: null, layers: [], candidates: [], problems: [] };
  try {
    const several = severalFlows(flow, place);
    if (several) return { ...nothing, candidates: several.map(({ spec, ...rest }) => ({ ...rest, flow: spec })) };
    const { spec, parameterCount } = resolveFlow(flow, place);
    return { ...nothing, flow: spec, parameterCount, layers: describeLayers(spec, { columns, context }) };
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return { ...nothing, problems: [{ path: error.path, message: error.message }] };
  }
}

/** The layers of a resolved flow over rows of so many numbers, given so many, with what each has to learn. */
export function describeLayers(
  { layers }: FlowSpec,
  row: { columns: number; context: number },
): ResolvedFlow['layers'] {
  return layers.map(({ type, inverse = false, ...layer }) => {
    const { parameters } = layerTypeOf(type).build(layer, row);
    return { type, inverse, parameterCount: new ParameterVector(parameters).length };
  });
}

/** What a spec may say of a part: `type` and its keys, of which those with a default may be left out. */
function partSchema(type: string, { properties, required }: TObject, others: object = {}): object {
  const keys: readonly string[] = required ?? [];
  return {
    type: 'object',
    properties: { type: { const: type }, ...properties, ...others },
    required: ['type', ...keys.filter((key) => !('default' in properties[key]))],
    additionalProperties: false,
  };
}
