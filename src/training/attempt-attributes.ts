import type { JsonObject } from '../store/json.ts';
import type { Model } from '../store/model.ts';
import type { Attributes } from '../telemetry/tracing.ts';

/** What a training is told by in traces. */
export function attemptAttributes({ id, columns, context, flow }: Model, attempt: number): Attributes {
  return {
    'pushforward.model.id': id,
    'pushforward.attempt': attempt,
    'pushforward.columns': columns.length + context.length,
    'pushforward.flow': typeof flow === 'string' ? flow : layerTypes(flow),
  };
}

/** The types of a resolved spec's layers, each once, such as `lu, coupling`. */
function layerTypes({ layers }: JsonObject): string {
  const types = Array.isArray(layers) ? layers.map((layer) => String(Object(layer).type)) : [];
  return [...new Set(types)].join(', ');
}
