import { Value } from 'typebox/value';
import type { ColumnRows } from '../../figures/marginal-plot.ts';
import type { ReportDensities } from '../../report/content.ts';
import { mostMarginals, points } from '../../report/estimates.ts';
import type { ReportThread } from '../../report/report-thread.ts';
import { type GridDensity, type GridRequest, gridDensity } from '../../serving/grid.ts';
import type { Dataset, DatasetColumn } from '../../store/datasets.ts';
import { givenCodes } from '../bodies/given-cells.ts';
import { summarySchema } from '../schemas/dataset.ts';
import type { Own } from '../services.ts';
import { toDensityBody } from './density-body.ts';

/** From which all is estimated; of many columns fewer, so that a request takes no more memory than others. */
const mostSamples = 20_000;
const sampleCells = 2 ** 22;

type Serving = Own['serving'];

interface Wanted {
  readonly id: string;
  /** What the model was trained on, where it is still stored. */
  readonly dataset: Dataset | undefined;
}

/** The densities that a report shows. Throws as `Serving.logProb` does. */
export async function reportDensities(
  serving: Serving,
  reports: Pick<ReportThread, 'estimate'>,
  { id, dataset }: Wanted,
): Promise<ReportDensities> {
  const encoding = await serving.encoding(id);
  const names = encoding.context.map(({ name }) => name);
  const given = usualContext(names, dataset);
  if (!given) return { marginals: [], joints: [], given: {}, missing: unknownContext };
  const codes = givenCodes(given, { required: encoding.context, optional: [] });
  const context = names.map((name) => codes.get(name) ?? Number.NaN);
  const width = encoding.columns.length;
  const samples = Math.min(mostSamples, Math.ceil(sampleCells / width));
  const rows = await serving.sample(id, { n: samples, seed: 0, context });
  const { marginals, joints } = await reports.estimate({ encoding, rows });
  // Of one column, or of two, the model's density is that of all its columns, and exact.
  const exact = width > 2 ? [] : [await gridDensity(serving, id, exactRequest(width, { context, samples }))];
  return {
    marginals: (width === 1 ? exact : marginals).map((density) => toMarginal(density, dataset)),
    joints: (width === 2 ? exact : joints).flatMap(toJoint),
    given: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)])),
    ...(width > mostMarginals && { leftOut: width - mostMarginals }),
  };
}

const unknownContext =
  'The density is conditional on columns of a dataset that is deleted: what values are usual is no longer known.';

function exactRequest(width: number, { context, samples }: Pick<GridRequest, 'context' | 'samples'>): GridRequest {
  const resolution = points[width === 1 ? 1 : 2];
  const axes = Array.from({ length: width }, (_, column) => ({ column, resolution }));
  return { axes, given: new Map(), context, samples, seed: 0 };
}

function toMarginal(estimated: GridDensity, dataset: Dataset | undefined): ReportDensities['marginals'][number] {
  const { x, density, standardError } = toDensityBody(estimated);
  const marginal = { x, density: density.flat(), standardError: standardError?.flat() };
  return { marginal, rows: rowsOf(x.column, dataset) };
}

function toJoint(estimated: GridDensity): ReportDensities['joints'] {
  const { x, y, density } = toDensityBody(estimated);
  return y ? [{ x, y, density: density.map((row) => (typeof row === 'number' ? [row] : row)) }] : [];
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
