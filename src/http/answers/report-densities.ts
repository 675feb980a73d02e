import { setImmediate } from 'node:timers/promises';
import { Value } from 'typebox/value';
import type { ColumnRows } from '../../figures/marginal-plot.ts';
import { isNumber } from '../../flow/encoding/encoding.ts';
import type { ReportDensities } from '../../report/content.ts';
import { type GridRequest, gridDensity } from '../../serving/grid.ts';
import { strongestPairs } from '../../statistics/correlation.ts';
import type { Dataset, DatasetColumn } from '../../store/datasets.ts';
import { givenCodes } from '../bodies/given-cells.ts';
import { summarySchema } from '../schemas/dataset.ts';
import type { Own } from '../services.ts';
import { toDensityBody } from './density-body.ts';

/** Of wide tables the first columns. */
const mostMarginals = 60;
const mostJoints = 3;
/** Columns among which those are looked for that go together. */
const mostCompared = 60;
/** From which all is estimated. */
const samples = 20_000;
/** Enough to tell which columns go together. */
const comparedSamples = 2000;
const points = { 1: 100, 2: 64 } as const;

type Serving = Own['serving'];

/** The densities that a report shows. Throws as `Serving.logProb` does. */
export async function reportDensities(
  serving: Serving,
  id: string,
  dataset: Dataset | undefined,
): Promise<ReportDensities> {
  const encoding = await serving.encoding(id);
  const given = usualContext(
    encoding.context.map(({ name }) => name),
    dataset,
  );
  if (!given)
    return {
      ...{ marginals: [], joints: [], given: {} },
      missing:
        'The density is conditional on columns of a dataset that is deleted: what values are usual is no longer known.',
    };
  const codes = givenCodes(given, { required: encoding.context, optional: [] });
  const context = encoding.context.map(({ name }) => codes.get(name) ?? Number.NaN);
  const shared = drawingOnce(serving);
  const density = async (...places: number[]) => {
    // Each takes a few milliseconds here; others are answered in between.
    await setImmediate();
    const resolution = points[places.length === 1 ? 1 : 2];
    const axes = places.map((column) => ({ column, resolution }));
    const request: GridRequest = { axes, given: new Map(), context, samples, seed: 0 };
    return toDensityBody(await gridDensity(shared, id, request));
  };
  const width = encoding.columns.length;
  const marginals = [];
  for (const [place, { name }] of encoding.columns.slice(0, mostMarginals).entries()) {
    const { x, density: values, standardError } = await density(place);
    const marginal = { x, density: values.flat(), standardError: standardError?.flat() };
    marginals.push({ marginal, rows: rowsOf(name, dataset) });
  }
  const rows = await shared.sample(id, { n: comparedSamples, seed: 0, context });
  const joints = [];
  for (const [first, second] of pairs(rows, encoding.columns.map(isNumber))) {
    const { x, y, density: values } = await density(first, second);
    if (y) joints.push({ x, y, density: values.map((row) => (typeof row === 'number' ? [row] : row)) });
  }
  const said = Object.entries(given).map(([name, value]) => [name, String(value)]);
  return {
    marginals,
    joints,
    given: Object.fromEntries(said),
    ...(width > mostMarginals && { leftOut: width - mostMarginals }),
  };
}

/** Numbers that are correlated most; where there are too few of them the first columns. */
function pairs(rows: Float64Array, areNumbers: readonly boolean[]): [number, number][] {
  const width = areNumbers.length;
  const places = [...areNumbers.keys()].filter((place) => areNumbers[place]).slice(0, mostCompared);
  if (places.length >= 2)
    return strongestPairs(rows, { width, places, most: mostJoints }).map(({ first, second }) => [first, second]);
  return width >= 2 ? [[0, 1]] : [];
}

/** All densities are estimated from the same samples, which are drawn once. */
function drawingOnce(serving: Serving): Pick<Serving, 'encoding' | 'logProb' | 'sample'> {
  const drawn = new Map<string, Promise<Float64Array>>();
  return {
    encoding: (id) => serving.encoding(id),
    logProb: (...request) => serving.logProb(...request),
    sample: (id, request) => {
      const key = JSON.stringify(request);
      const rows = drawn.get(key) ?? serving.sample(id, request);
      drawn.set(key, rows);
      return rows;
    },
  };
}

/** Medians, and the most frequent categories; undefined where they are not known. */
function usualContext(names: readonly string[], dataset: Dataset | undefined) {
  const usual: Record<string, string | number | boolean> = {};
  for (const name of names) {
    const column = dataset?.columns.find((candidate) => candidate.name === name);
    const value = column && usualValue(column);
    if (value === undefined) return undefined;
    usual[name] = value;
  }
  return usual;
}

function usualValue({ kind, summary }: DatasetColumn): string | number | boolean | undefined {
  const read = Value.Parse(summarySchema, summary);
  if ('categories' in read) return read.categories[0]?.value;
  const median = read.quantiles['0.5'];
  return kind === 'integer' && median !== undefined ? Math.round(median) : median;
}

function rowsOf(name: string, dataset: Dataset | undefined): ColumnRows | undefined {
  const column = dataset?.columns.find((candidate) => candidate.name === name);
  if (!dataset || !column) return undefined;
  const summary = Value.Parse(summarySchema, column.summary);
  return { summary, rowCount: dataset.rowCount, missingCount: column.missingCount };
}
