/** The JSON in which a flow is asked for, and its resolution into one that says everything. */
import { Type } from 'typebox';
import { baseTypes } from './bases.ts';
import type { LayerPlace } from './bijectors/layer.ts';
import { SpecError } from './errors.ts';
import { type BaseSpec, Flow, type FlowSpec, type LayerSpec } from './flow.ts';
import { layerTypes } from './layers.ts';
import { auto, candidates, presets, type TableSize } from './presets.ts';
import { RandomStream } from './random/stream.ts';
import { check, isObject } from './schema.ts';

const maximumLayers = 512;
const maximumParameters = 20_000_000;

/** The table that a flow is for, and where its spec stands in what the user sent, as a JSON pointer. */
export interface FlowPlace extends TableSize {
  readonly context?: number;
  readonly path: string;
  readonly seed?: number;
}

export interface ResolvedFlow {
  readonly spec: FlowSpec;
  readonly parameterCount: number;
}

/** A flow that competes for `auto`. */
export interface Candidate extends ResolvedFlow {
  readonly name: string;
}

/** Whether the best flow is to be found. */
export const isAuto = (flow: unknown): boolean => flow === undefined || flow === auto;

/** The flows that compete for `auto`, sized for the table. Throws SpecError, as `resolveFlow` does. */
export function autoCandidates(place: FlowPlace): Candidate[] {
  return [...candidates].map(([name, spec]) => ({ name, ...resolveFlow(spec(place), place) }));
}

/**
 * Resolves a preset's name, or a spec; presets are sized for the table. Throws SpecError, with the path of the offending value.
 */
export function resolveFlow(flow: unknown, { columns, context = 0, rows, path, seed = 0 }: FlowPlace): ResolvedFlow {
  const asked = typeof flow === 'string' ? preset(flow, { columns, rows }, path) : flow;
  const spec = resolveSpec(asked, { columns, context, random: new RandomStream(seed, 'permutation') }, path);
  const parameterCount = new Flow(spec, { columns, context }).parameters.length;
  if (parameterCount > maximumParameters)
    throw new SpecError(
      path,
      `Expected a flow of at most ${maximumParameters} parameters; this one has ${parameterCount}`,
    );
  return { spec, parameterCount };
}

function preset(name: string, table: TableSize, path: string): unknown {
  const found = presets.get(name);
  if (!found)
    throw new SpecError(path, `There is no preset "${name}"; expected one of ${[auto, ...presets.keys()].join(', ')}`);
  return found.spec(table);
}

function resolveSpec(spec: unknown, place: LayerPlace, path: string): FlowSpec {
  if (!isObject(spec)) throw new SpecError(path, 'Expected the name of a preset, or an object with layers');
  const { layers, base = { type: 'normal' }, ...unknown } = spec;
  refuseUnknownKeys(unknown, ['base', 'layers'], path);
  const resolved = resolveLayers(layers, place, `${path}/layers`);
  return { base: resolveBase(base, `${path}/base`), layers: resolved };
}

function resolveBase(base: unknown, path: string): BaseSpec {
  if (!isObject(base)) throw new SpecError(path, 'Expected a base distribution: an object with "type"');
  const { type, ...rest } = base;
  const known = typeof type === 'string' ? baseTypes.get(type) : undefined;
  if (!known) throw unknownType(type, [...baseTypes.keys()], path);
  const checked = check(known.schema, rest, path);
  known.check?.(checked, path);
  return { type: known.type, ...checked };
}

function resolveLayers(layers: unknown, place: LayerPlace, path: string): LayerSpec[] {
  if (!Array.isArray(layers) || layers.length === 0) throw new SpecError(path, 'Expected a list of at least one layer');
  const resolved = layers.flatMap((layer, index) => resolveLayer(layer, place, `${path}/${index}`));
  if (resolved.length > maximumLayers)
    throw new SpecError(path, `Expected at most ${maximumLayers} layers; got ${resolved.length}`);
  return resolved;
}

function resolveLayer(layer: unknown, place: LayerPlace, path: string): LayerSpec[] {
  if (!isObject(layer))
    throw new SpecError(path, 'Expected a layer: an object with "type", or with "repeat" and "layers"');
  if ('repeat' in layer) return resolveRepeat(layer, place, path);
  if (layer.type === 'inverse') return resolveInverse(layer, place, path);
  const { type, inverse = false, ...rest } = layer;
  const known = typeof type === 'string' ? layerTypes.get(type) : undefined;
  if (!known) throw unknownType(type, [...layerTypes.keys(), 'inverse'], path);
  const checked = check(known.schema, rest, path);
  const resolved = known.resolve ? known.resolve(checked, place, path) : checked;
  return [
    { type: known.type, ...(check(Type.Boolean(), inverse, `${path}/inverse`) && { inverse: true }), ...resolved },
  ];
}

/** The inverse of one layer after another is the inverse of each, in the opposite order. */
function resolveInverse(layer: Record<string, unknown>, place: LayerPlace, path: string): LayerSpec[] {
  const { type: _, layer: inner, ...unknown } = layer;
  refuseUnknownKeys(unknown, ['type', 'layer'], path);
  return resolveLayer(inner, place, `${path}/layer`)
    .toReversed()
    .map(({ type, inverse = false, ...rest }) => ({ type, ...(!inverse && { inverse: true }), ...rest }));
}

const repeatSchema = Type.Integer({ minimum: 1, maximum: maximumLayers });

function resolveRepeat(layer: Record<string, unknown>, place: LayerPlace, path: string): LayerSpec[] {
  const { repeat, layers, ...unknown } = layer;
  refuseUnknownKeys(unknown, ['repeat', 'layers'], path);
  const times = check(repeatSchema, repeat, `${path}/repeat`);
  const resolved: LayerSpec[] = [];
  for (let time = 0; time < times && resolved.length <= maximumLayers; time++)
    resolved.push(...resolveLayers(layers, place, `${path}/layers`));
  return resolved;
}

function unknownType(type: unknown, known: readonly string[], path: string): SpecError {
  const got = type === undefined ? 'none' : JSON.stringify(type);
  return new SpecError(`${path}/type`, `Expected one of ${known.join(', ')}; got ${got}`);
}

function refuseUnknownKeys(unknown: object, expected: readonly string[], path: string): void {
  for (const key of Object.keys(unknown))
    throw new SpecError(`${path}/${key}`, `Unknown key "${key}"; expected one of ${expected.join(', ')}`);
}
