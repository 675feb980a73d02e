/** The JSON in which a flow is asked for, and its resolution into one that says everything. */
import { Type } from 'typebox';
import { baseTypes } from './bases.ts';
import type { LayerPlace } from './bijectors/layer.ts';
import { anomalyMembers, type Candidate as CandidatePreset, candidates, candidatesWithGaps } from './candidates.ts';
import { resolveNetwork } from './distributions/categorical.ts';
import type { FlowShape } from './encoding/layout.ts';
import { SpecError } from './errors.ts';
import type { BaseSpec, FlowSpec, LayerSpec } from './flow.ts';
import { layerTypeOf, layerTypes } from './layers.ts';
import { createFlow } from './mixed-flow.ts';
import { ParameterVector } from './parameters.ts';
import { anomaly, auto, categoricalNetwork, type Preset, presets, type TableSize } from './presets.ts';
import { RandomStream } from './random/stream.ts';
import { check, isObject } from './schema.ts';
import { shown } from './shown.ts';

const maximumLayers = 512;
const usualMaximumParameters = 20_000_000;
/** Of the JSON of a resolved spec, which is stored with the model and shown in lists. */
const maximumLength = 2 ** 19;

/**
 * The rows that a flow is for (see `FlowShape`; `columns` are those of numbers), and where its spec stands in what the user
 * sent, as a JSON pointer.
 */
export interface FlowPlace extends TableSize, Partial<FlowShape> {
  readonly columns: number;
  readonly path: string;
  readonly seed?: number;
  /** The most parameters that the flow may have. */
  readonly maxParameters?: number;
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
export const autoCandidates = (place: FlowPlace): Candidate[] =>
  resolveAll(sizeOf(place).missing ? candidatesWithGaps : candidates, place);

/** The flows whose even mixture is the density of `anomaly`, sized for the table. Throws SpecError, as `resolveFlow` does. */
export const anomalyFlows = (place: FlowPlace): Candidate[] => resolveAll(anomalyMembers(sizeOf(place)), place);

/** The flows that a name stands for where it stands for several: those that race for `auto`, or are mixed into `anomaly`. */
export function severalFlows(flow: unknown, place: FlowPlace): Candidate[] | undefined {
  if (isAuto(flow)) return autoCandidates(place);
  return flow === anomaly ? anomalyFlows(place) : undefined;
}

function resolveAll(flows: ReadonlyMap<string, CandidatePreset>, place: FlowPlace): Candidate[] {
  const table = sizeOf(place);
  const resolved = [...flows].map(([name, { spec }]) => ({ name, ...resolveFlow(sized(spec, table), place) }));
  // Without numbers there is nothing in which they differ.
  return place.columns === 0 ? resolved.slice(0, 1) : resolved;
}

/**
 * Resolves a preset's name, or a spec; presets are sized for the table. Throws SpecError, with the path of the offending value.
 */
export function resolveFlow(flow: unknown, place: FlowPlace): ResolvedFlow {
  const { columns, context = 0, categories = [], gaps = [], path, seed = 0 } = place;
  const { maxParameters = usualMaximumParameters } = place;
  const asked = typeof flow === 'string' ? preset(flow, sizeOf(place), path) : flow;
  const shape = { columns, context, categories, gaps };
  const spec = resolveSpec(asked, {
    ...{ shape, random: new RandomStream(seed, 'permutation'), path },
    size: new SpecSize(maxParameters),
  });
  const parameterCount = createFlow(spec, shape).parameters.length;
  if (parameterCount > maxParameters) throw tooManyParameters(path, parameterCount, maxParameters);
  return { spec, parameterCount };
}

function tooManyParameters(path: string, count: number, most: number): SpecError {
  return new SpecError(path, `Expected a flow of at most MAX_PARAMETERS=${most} parameters; this one has ${count}`);
}

/** How large a spec grows while it is resolved, so that it is refused before it has grown. */
class SpecSize {
  readonly #maxParameters: number;
  #layers = 0;
  #parameters = 0;
  #length = 0;

  constructor(maxParameters: number) {
    this.#maxParameters = maxParameters;
  }

  /** Throws SpecError where the spec becomes too large with this layer. */
  add(layer: LayerSpec, { columns, context }: LayerPlace, path: string): void {
    const { type, inverse: _, ...spec } = layer;
    this.#layers++;
    if (this.#layers > maximumLayers)
      throw new SpecError(path, `Expected at most ${maximumLayers} layers in all, each repetition counted`);
    this.#length += JSON.stringify(layer).length;
    if (this.#length > maximumLength)
      throw new SpecError(path, `Expected at most ${maximumLength} characters in all, each repetition counted`);
    const { parameters } = layerTypeOf(type).build(spec, { columns, context });
    this.#parameters += new ParameterVector(parameters).length;
    if (this.#parameters > this.#maxParameters) throw tooManyParameters(path, this.#parameters, this.#maxParameters);
  }
}

function preset(name: string, table: TableSize, path: string): unknown {
  const found = presets.get(name);
  if (!found)
    throw new SpecError(path, `There is no preset "${name}"; expected one of ${[auto, ...presets.keys()].join(', ')}`);
  if (found.mixesColumns && table.missing)
    throw new SpecError(path, `The preset "${name}" mixes columns, which cannot be where cells are missing`);
  return sized(found.spec, table);
}

/** A flow of numbers is sized for at least one: without any, its layers are left out. */
const sizeOf = ({ columns, rows, gaps = [] }: FlowPlace): TableSize => ({
  columns: Math.max(1, columns),
  rows,
  missing: gaps.length > 0,
});

const sized = (spec: Preset['spec'], table: TableSize) => ({
  ...Object(spec(table)),
  categorical: categoricalNetwork(table),
});

interface SpecPlace {
  readonly shape: FlowShape;
  readonly random: RandomStream;
  readonly path: string;
  readonly size: SpecSize;
}

/** Where the layers of one spec stand, and what is known of them. */
interface LayersPlace extends LayerPlace {
  readonly size: SpecSize;
  /** How deep in repetitions and inverses. */
  readonly depth: number;
  /** Layers as they were asked for that have been checked: one that is repeated is checked once. */
  readonly checked: Map<unknown, Record<string, unknown>>;
}

function resolveSpec(spec: unknown, { shape, random, path, size }: SpecPlace): FlowSpec {
  if (!isObject(spec)) throw new SpecError(path, 'Expected the name of a preset, or an object with layers');
  const { layers, base = { type: 'normal' }, categorical = {}, ...unknown } = spec;
  refuseUnknownKeys(unknown, ['base', 'layers', 'categorical'], path);
  const { columns, context, categories, gaps } = shape;
  const missing = gaps.length > 0;
  const indicators = categories.reduce((total, count) => total + count, 0);
  const row = { columns: Math.max(1, columns), context: context + indicators };
  const place = { ...row, missing, random, size, depth: 0, checked: new Map() };
  const hasNone = columns === 0 && Array.isArray(layers) && layers.length === 0;
  const resolved = hasNone ? [] : resolveLayers(layers, place, `${path}/layers`);
  const network = resolveNetwork(categorical, `${path}/categorical`);
  return {
    base: resolveBase(base, missing, `${path}/base`),
    layers: columns > 0 ? resolved : [],
    ...(categories.length > 0 && { categorical: network }),
  };
}

function resolveBase(base: unknown, missing: boolean, path: string): BaseSpec {
  if (!isObject(base)) throw new SpecError(path, 'Expected a base distribution: an object with "type"');
  const { type, ...rest } = base;
  const known = typeof type === 'string' ? baseTypes.get(type) : undefined;
  if (!known) throw unknownType(type, [...baseTypes.keys()], path);
  if (missing) refuseMixing(known, baseTypes, path);
  const checked = check(known.schema, rest, path);
  known.check?.(checked, path);
  return { type: known.type, ...checked };
}

function resolveLayers(layers: unknown, place: LayersPlace, path: string): LayerSpec[] {
  if (!Array.isArray(layers) || layers.length === 0) throw new SpecError(path, 'Expected a list of at least one layer');
  return layers.flatMap((layer, index) => resolveLayer(layer, place, `${path}/${index}`));
}

/** Repetitions and inverses in each other, at most: each makes the path longer that is carried along. */
const maximumDepth = 16;

function resolveLayer(layer: unknown, outer: LayersPlace, path: string): LayerSpec[] {
  if (!isObject(layer))
    throw new SpecError(path, 'Expected a layer: an object with "type", or with "repeat" and "layers"');
  const place = { ...outer, depth: outer.depth + 1 };
  if (place.depth > maximumDepth)
    throw new SpecError(path, `Expected at most ${maximumDepth} repetitions and inverses in each other`);
  if ('repeat' in layer) return resolveRepeat(layer, place, path);
  if (layer.type === 'inverse') return resolveInverse(layer, place, path);
  const { type, inverse = false, ...rest } = layer;
  const known = typeof type === 'string' ? layerTypes.get(type) : undefined;
  if (!known) throw unknownType(type, [...layerTypes.keys(), 'inverse'], path);
  if (place.missing) refuseMixing(known, layerTypes, path);
  refuseLongLists(rest, Math.max(place.columns, maximumLayers), path);
  const checked = place.checked.get(layer) ?? check(known.schema, rest, path);
  place.checked.set(layer, checked);
  const resolved = {
    type: known.type,
    ...(check(Type.Boolean(), inverse, `${path}/inverse`) && { inverse: true }),
    ...(known.resolve ? known.resolve(checked, place, path) : checked),
  };
  place.size.add(resolved, place, path);
  return [resolved];
}

/** Nothing that is said of a layer is longer than there are columns or layers; to find that out is quick, to check each entry is not. */
function refuseLongLists(layer: Record<string, unknown>, most: number, path: string): void {
  for (const [key, value] of Object.entries(layer))
    if (Array.isArray(value) && value.length > most)
      throw new SpecError(`${path}/${key}`, `Expected at most ${most} entries; got ${value.length}`);
}

/** The inverse of one layer after another is the inverse of each, in the opposite order. */
function resolveInverse(layer: Record<string, unknown>, place: LayersPlace, path: string): LayerSpec[] {
  const { type: _, layer: inner, ...unknown } = layer;
  refuseUnknownKeys(unknown, ['type', 'layer'], path);
  return resolveLayer(inner, place, `${path}/layer`)
    .toReversed()
    .map(({ type, inverse = false, ...rest }) => ({ type, ...(!inverse && { inverse: true }), ...rest }));
}

const repeatSchema = Type.Integer({ minimum: 1, maximum: maximumLayers });

function resolveRepeat(layer: Record<string, unknown>, place: LayersPlace, path: string): LayerSpec[] {
  const { repeat, layers, ...unknown } = layer;
  refuseUnknownKeys(unknown, ['repeat', 'layers'], path);
  const times = check(repeatSchema, repeat, `${path}/repeat`);
  return Array.from({ length: times }, () => resolveLayers(layers, place, `${path}/layers`)).flat();
}

function unknownType(type: unknown, known: readonly string[], path: string): SpecError {
  const got = type === undefined ? 'none' : shown(type);
  return new SpecError(`${path}/type`, `Expected one of ${known.join(', ')}; got ${got}`);
}

interface PartType {
  readonly type: string;
  readonly allowsMissing?: true;
}

/** Refuses what cannot leave out the columns that a row lacks. */
function refuseMixing({ type, allowsMissing }: PartType, types: ReadonlyMap<string, PartType>, path: string): void {
  if (allowsMissing) return;
  const expected = [...types.values()].flatMap((part) => (part.allowsMissing ? [part.type] : []));
  throw new SpecError(
    `${path}/type`,
    `"${type}" mixes columns, which cannot be where cells are missing; expected one of ${expected.join(', ')}`,
  );
}

function refuseUnknownKeys(unknown: object, expected: readonly string[], path: string): void {
  for (const key of Object.keys(unknown))
    throw new SpecError(`${path}/${key}`, `Unknown key "${key}"; expected one of ${expected.join(', ')}`);
}
