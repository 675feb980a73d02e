import type { Encoding } from '../../flow/encoding/encoding.ts';
import type { FlowSpec } from '../../flow/flow.ts';
import { followed, type LayerOnPath, layersFromBase, type Plane } from '../../flow/layer-path.ts';
import { joinedNumbers } from '../../table/joined-numbers.ts';
import { ranges, sampleBlockRows } from '../blocks.ts';
import type { OwnServing } from '../own-serving.ts';
import { type BaseGrid, carriedVertices, type GridShape, gridOver, gridVertices } from './base-grid.ts';
import type { CarriedSteps, CarriedThing, Hyperplane } from './carried.ts';
import type { Shown } from './shown.ts';

export interface StepsRequest {
  readonly member: number;
  /** Two columns of numbers, by their places among the model's columns. */
  readonly columns: Plane;
  /** Whether columns are followed through permutations, or these shown as what they do in the plane. */
  readonly isFollowed: boolean;
  /** Rows in codes [rows, columns + context], at least one, that are taken back to the base; else samples are drawn. */
  readonly rows?: Float64Array | undefined;
  readonly samples: number;
  readonly seed: number;
  /** Codes of the context. */
  readonly context: readonly number[];
  /** Codes of columns of categories, by their place, that the grid stands for; else the commonest of the points' own. */
  readonly categories: ReadonlyMap<number, number>;
  /** Of the grid, in each direction. */
  readonly lines: number;
  readonly gridShape: GridShape;
}

/** The points and the grid at the base, behind a layer, or, last, in the table's units. */
export interface StepState {
  /** Behind which layer. */
  readonly layer: LayerOnPath | undefined;
  /** Which of the flow's numbers are shown. */
  readonly plane: Plane;
  /** [x, y, x, y, ..] as the inside of a JSON array; null for a row that lacks one of the columns. */
  readonly points: string;
  readonly grid: string;
  readonly hyperplanes: readonly Hyperplane[];
}

export interface Steps {
  readonly flow: FlowSpec;
  /** From the base to the data. */
  readonly states: readonly StepState[];
  readonly grid: BaseGrid;
  /** The codes of the columns of categories that the grid stands for, by their place. */
  readonly gridCategories: ReadonlyMap<number, number>;
}

/** Points carried in one run: few enough that none keeps others waiting for long. */
const pointsAtOnce = 4 * sampleBlockRows;

/** So many samples tell over what of the base a grid has to lie. */
const rangeSamples = 4 * sampleBlockRows;

/**
 * Samples on their way from the base to the data through the layers of one member of a model, or rows on their way back, and the grid
 * that they drag along. Throws as `OwnServing.logProb` does.
 */
export async function stepsOf(
  serving: Pick<OwnServing, 'encoding' | 'flows' | 'steps'>,
  id: string,
  request: StepsRequest,
): Promise<Steps> {
  const { member, columns, rows, samples, lines, gridShape: shape } = request;
  const [encoding, flows] = await Promise.all([serving.encoding(id), serving.flows(id)]);
  const { layers } = flows[member];
  const shown: Shown = { columns, planes: planesOf(encoding, layers, request) };
  const carry = (thing: CarriedThing) => serving.steps(id, { member, shown, thing });
  const drawn = (n: number) => carriedAll(carry, sampleThings(n, request));
  const width = encoding.columns.length + encoding.context.length;
  const points = rows ? await carriedAll(carry, rowThings(rows, width)) : await drawn(samples);
  // The same grid for any number of samples, and for rows.
  const atBase = rows || samples < rangeSamples ? await drawn(rangeSamples) : points;
  const grid = gridOver(atBase.base.subarray(0, 2 * rangeSamples), { shape, lines });
  const like = gridRow(encoding, points.rows, rows ? width : encoding.columns.length, request);
  const carriedGrid = await carriedAll(carry, gridThings(grid, like));
  const path = layersFromBase(layers);
  const states = points.states.map((state, step): StepState => {
    const layer = path[step - 1];
    return {
      layer,
      plane: shown.planes[Math.min(step, path.length)],
      points: state,
      grid: carriedGrid.states[step],
      hyperplanes: (layer && carriedGrid.hyperplanes[layer.layer]) ?? [],
    };
  });
  const categories = encoding.columns.flatMap(({ kind }, place) => (kind === 'categorical' ? [place] : []));
  return {
    flow: flows[member],
    states,
    grid,
    gridCategories: new Map(categories.map((place) => [place, like[place]])),
  };
}

/** Where the two columns stand at each step: they are followed through permutations, or not. */
function planesOf({ columns }: Encoding, layers: FlowSpec['layers'], request: StepsRequest): Plane[] {
  const numbers = columns.flatMap(({ kind }, place) => (kind === 'categorical' ? [] : [place]));
  const [x, y] = request.columns;
  const plane: Plane = [numbers.indexOf(x), numbers.indexOf(y)];
  return request.isFollowed ? followed(plane, layers) : [plane, ...layers.map(() => plane)];
}

const sampleThings = (n: number, { seed, context }: StepsRequest): CarriedThing[] =>
  ranges(n, pointsAtOnce).map(([firstRow, rowCount]) => ({ kind: 'samples', seed, context, firstRow, rowCount }));

const rowThings = (rows: Float64Array, width: number): CarriedThing[] =>
  ranges(rows.length / width, pointsAtOnce).map(([first, count]) => ({
    kind: 'rows',
    rows: rows.slice(first * width, (first + count) * width),
  }));

function gridThings(grid: BaseGrid, like: Float64Array): CarriedThing[] {
  const vertices = gridVertices(grid);
  return ranges(vertices.length / 2, carriedVertices).map(([first, count]) => ({
    kind: 'line',
    points: vertices.slice(2 * first, 2 * (first + count)),
    like,
  }));
}

/** Of at least one thing. */
async function carriedAll(
  carry: (thing: CarriedThing) => Promise<CarriedSteps>,
  things: readonly CarriedThing[],
): Promise<CarriedSteps> {
  const all = await Promise.all(things.map(carry));
  const [{ states, hyperplanes }] = all;
  return {
    states: states.map((_, step) => all.map((each) => each.states[step]).join(',')),
    base: joinedNumbers(all.map(({ base }) => base)),
    rows: joinedNumbers(all.map(({ rows }) => rows)),
    hyperplanes,
  };
}

/** The row [columns + context] whose context and categories the grid has: those given, else the commonest. */
function gridRow(
  { columns }: Encoding,
  rows: Float64Array,
  width: number,
  { categories, context }: StepsRequest,
): Float64Array {
  const places = columns.flatMap(({ kind }, place) => (kind === 'categorical' ? [place] : []));
  const counts = new Map<string, { row: number; count: number }>();
  let most = { row: -1, count: 0 };
  for (let row = 0; row < rows.length / width; row++) {
    const codes = places.map((place) => rows[row * width + place]);
    if (!codes.every((code, index) => Object.is(code, categories.get(places[index]) ?? code))) continue;
    const found = counts.get(codes.join()) ?? { row, count: 0 };
    found.count++;
    counts.set(codes.join(), found);
    if (found.count > most.count) most = found;
  }
  const code = (place: number) => categories.get(place) ?? (most.row === -1 ? 0 : rows[most.row * width + place]);
  return Float64Array.from([
    ...columns.map(({ kind }, place) => (kind === 'categorical' ? code(place) : 0)),
    ...context,
  ]);
}
