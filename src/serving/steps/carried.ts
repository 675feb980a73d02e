/** Carries points between the base and the data, step by step, in an inference thread. */
import type { Encoding } from '../../flow/encoding/encoding.ts';
import { float32, float64, type TensorValues } from '../../flow/graph/program.ts';
import { hyperplaneNames, stepName } from '../../flow/programs/steps.ts';
import { normalRows } from '../../flow/random/stream.ts';
import { sampleBlockRows } from '../blocks.ts';
import type { StepPrograms } from '../ready-models.ts';
import { lineVertices } from './base-grid.ts';
import { keptVertices, taken } from './line-vertices.ts';
import { type Shown, written } from './shown.ts';

/** Samples, by which rows they are (the first a multiple of `sampleBlockRows`); rows in codes; or a line of the grid at the base. */
export type CarriedThing =
  | {
      readonly kind: 'samples';
      readonly seed: number;
      readonly firstRow: number;
      readonly rowCount: number;
      readonly context: readonly number[];
    }
  | { readonly kind: 'rows'; readonly rows: Float64Array }
  | {
      readonly kind: 'line';
      /** [x, y, x, y, ..], of which `lineVertices` are kept. */
      readonly points: Float64Array;
      /** A row in codes [columns + context], of which all but the numbers is taken. */
      readonly like: Float64Array;
    };

/** A line w.x + b = 0 in the plane that is shown, across which a layer stretches space by this factor on the way to the data. */
export interface Hyperplane {
  readonly normal: readonly [number, number];
  readonly offset: number;
  readonly stretch: number;
}

export interface CarriedSteps {
  /** The points at the base, behind each layer, and in the table's units: each as `written`. */
  readonly states: readonly string[];
  /** At the base, [x, y, x, y, ..]; NaN for a row that lacks one of the columns. */
  readonly base: Float64Array;
  /** In codes; none of a grid. */
  readonly rows: Float64Array;
  /** By the layer's place in its spec; of a grid of two numbers only. */
  readonly hyperplanes: readonly (readonly Hyperplane[])[];
}

interface Means {
  readonly encoding: Encoding;
  readonly programs: StepPrograms;
  readonly shown: Shown;
}

export async function carried(thing: CarriedThing, means: Means): Promise<CarriedSteps> {
  switch (thing.kind) {
    case 'samples':
      return samples(thing, means);
    case 'rows':
      return givenRows(thing.rows, means);
    case 'line':
      return gridLine(thing, means);
  }
}

type Outputs = Readonly<Record<string, TensorValues>>;

async function samples(
  { seed, firstRow, rowCount, context }: Extract<CarriedThing, { kind: 'samples' }>,
  { encoding, programs, shown }: Means,
): Promise<CarriedSteps> {
  const executable = await programs.sampled();
  const width = encoding.columns.length;
  const wholeBlocks = Math.ceil(rowCount / sampleBlockRows) * sampleBlockRows;
  const rows = new Float64Array(wholeBlocks * width);
  const states = emptyStates(shown, wholeBlocks);
  const contexts = Float64Array.from(
    { length: sampleBlockRows * context.length },
    (_, at) => context[at % context.length],
  );
  const given = context.length > 0 && { context: { values: contexts, shape: [sampleBlockRows, context.length] } };
  for (let row = 0; row < wholeBlocks; row += sampleBlockRows) {
    const values = normalRows(seed, firstRow + row, sampleBlockRows, programs.noiseColumns);
    const outputs = await executable.run({
      noise: { values, shape: [sampleBlockRows, programs.noiseColumns] },
      ...given,
    });
    rows.set(float64(outputs.rows), row * width);
    take(outputs, shown, states, row);
  }
  const asked = rows.slice(0, rowCount * width);
  const ofAsked = states.map((state) => state.slice(0, 2 * rowCount));
  return finished([...ofAsked, inUnits(asked, width, shown)], asked, isShown(asked, width, shown));
}

async function givenRows(rows: Float64Array, { encoding, programs, shown }: Means): Promise<CarriedSteps> {
  const width = encoding.columns.length + encoding.context.length;
  const rowCount = rows.length / width;
  const outputs = await (await programs.normalized()).run({ rows: { values: rows, shape: [rowCount, width] } });
  const states = emptyStates(shown, rowCount);
  take(outputs, shown, states, 0);
  const known = isShown(rows, width, shown);
  const { values: beyond } = outputs.beyond;
  return finished([...states, inUnits(rows, width, shown)], rows, (row) => known(row) && Number(beyond[row]) === 0);
}

async function gridLine(
  { points, like }: Extract<CarriedThing, { kind: 'line' }>,
  { programs: { grid: program, numbers, layerCount }, shown }: Means,
): Promise<CarriedSteps> {
  const count = points.length / 2;
  const z = new Float32Array(numbers * count);
  const isFree = new Float32Array(numbers);
  for (const [axis, place] of shown.planes[0].entries()) {
    isFree[place] = 1;
    for (let point = 0; point < count; point++) z[place * count + point] = points[2 * point + axis];
  }
  const rows = Float64Array.from({ length: count * like.length }, (_, index) => like[index % like.length]);
  const outputs = await (await program()).run({
    rows: { values: rows, shape: [count, like.length] },
    z: { values: z, shape: [numbers, count] },
    shown: { values: isFree, shape: [numbers, 1] },
  });
  const states = emptyStates(shown, count);
  take(outputs, shown, states, 0);
  const scaled = inUnits(float64(outputs.scaled), numbers, {
    ...shown,
    columns: shown.planes[shown.planes.length - 1],
  });
  const lines = Array.from({ length: layerCount }, (_, layer) => hyperplanes(outputs, layer, shown));
  const all = [...states, scaled];
  const places = keptVertices(all, lineVertices);
  const kept = all.map((state) => taken(state, places));
  return { ...finished(kept, new Float64Array(), () => true), hyperplanes: lines };
}

const emptyStates = ({ planes }: Shown, points: number) => planes.map(() => new Float64Array(2 * points));

/** Puts what came out for some rows, [numbers, rows] for each step, where they belong. */
function take(outputs: Outputs, { planes }: Shown, states: readonly Float64Array[], firstRow: number): void {
  for (const [step, plane] of planes.entries()) {
    const { values, shape } = outputs[stepName(step)];
    const [, rows] = shape;
    for (const [axis, place] of plane.entries())
      for (let row = 0; row < rows; row++)
        states[step][2 * (firstRow + row) + axis] = Number(values[place * rows + row]);
  }
}

/** Of rows [rows, width] the columns that are shown. */
function inUnits(rows: Float64Array, width: number, { columns: [x, y] }: Pick<Shown, 'columns'>): Float64Array {
  const points = new Float64Array((2 * rows.length) / width);
  for (let row = 0; row < rows.length / width; row++) {
    points[2 * row] = rows[row * width + x];
    points[2 * row + 1] = rows[row * width + y];
  }
  return points;
}

/** Whether a row has both columns. */
const isShown =
  (rows: Float64Array, width: number, { columns }: Shown) =>
  (row: number) =>
    columns.every((place) => !Number.isNaN(rows[row * width + place]));

function finished(
  states: readonly Float64Array[],
  rows: Float64Array,
  isKnown: (row: number) => boolean,
): CarriedSteps {
  for (let row = 0; row < states[0].length / 2; row++)
    if (!isKnown(row)) for (const state of states) state.fill(Number.NaN, 2 * row, 2 * row + 2);
  return { states: states.map(written), base: states[0], rows, hyperplanes: [] };
}

/** Those of a layer, of which all rows of a grid have the same. */
function hyperplanes(outputs: Outputs, layer: number, { planes }: Shown): Hyperplane[] {
  const names = hyperplaneNames(layer);
  if (!(names.normals in outputs)) return [];
  const [normals, offsets, slopes] = [names.normals, names.offsets, names.slopes].map((name) => outputs[name]);
  const [count, columns, repeats] = normals.shape;
  // Of two columns, and no permutation among these layers, its plane is the same on both of its sides.
  const [x, y] = planes[planes.length - 1 - layer];
  const normal = (line: number, place: number) => Number(float32(normals)[(line * columns + place) * repeats]);
  return Array.from({ length: count }, (_, line) => ({
    normal: [normal(line, x), normal(line, y)],
    offset: Number(offsets.values[line * offsets.shape[1]]),
    stretch: 1 / Number(slopes.values[line * slopes.shape[1]]),
  }));
}
