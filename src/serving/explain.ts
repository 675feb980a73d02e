import type { Encoding } from '../flow/encoding/encoding.ts';
import { RandomStream } from '../flow/random/stream.ts';
import { type BackgroundRow, Backgrounds } from './background.ts';
import type { OwnServing } from './own-serving.ts';

/**
 * Orders of the columns in which background rows are turned into the row to explain, each with its reverse. Standard errors fall
 * with the root of their number.
 */
const orderPairs = 8;

/** The same for all requests, so that a row of a model has one explanation. */
const seed = 0;

/** Numbers in rows that are scored at a time: enough to keep all threads busy. */
const batchCells = 500_000;

export interface RowsToExplain {
  /** In codes [rows, columns + context], row-major. */
  readonly rows: Float64Array;
  /** Nats, [rows]. */
  readonly logProb: Float64Array;
}

/** By how much each column makes rows less likely than those that the model draws, in nats; NaN for rows without density. */
export interface Explanations {
  /** The mean log-density of the background, [rows]: it depends on the context alone. */
  readonly reference: Float64Array;
  /** [rows, columns], row-major; those of a row sum up to reference - logProb. */
  readonly contributions: Float64Array;
}

/**
 * Shapley values, with their sign turned, of v(S) = E_b log p(x_S, b_rest), b being drawn from the model given the row's context:
 * contribution_j is the mean, over orders of the columns, of how far log p falls when x_j takes the place of b_j after the columns
 * before j have taken theirs (Strumbelj and Kononenko 2014). Each order goes with one background row and comes with its reverse
 * (antithetic sampling: Mitchell, Cooper, Frank and Holmes 2022); all rows have the same. Along each order the falls telescope:
 *
 *     sum_j contribution_j = mean_b log p(b) - log p(x).
 *
 * Where a mixture of x and b has no density, it is taken to be as unlikely as the less likely of the two. Throws as
 * `Serving.logProb` does, and the reason of `signal` once that is aborted.
 */
export async function explain(
  serving: Pick<OwnServing, 'logProb' | 'sample'>,
  model: { readonly id: string; readonly encoding: Encoding },
  { rows, logProb }: RowsToExplain,
  signal?: AbortSignal,
): Promise<Explanations> {
  const columns = model.encoding.columns.length;
  const width = columns + model.encoding.context.length;
  const orders = columnOrders(columns);
  const backgrounds = new Backgrounds(serving, model, { size: orderPairs, seed });
  const reference = new Float64Array(logProb.length).fill(Number.NaN);
  const contributions = new Float64Array(logProb.length * columns).fill(Number.NaN);
  const explained = Array.from(logProb.keys()).filter((row) => Number.isFinite(logProb[row]));
  const batchRows = Math.max(1, Math.floor(batchCells / (orders.length * columns * width)));
  for (let first = 0; first < explained.length; first += batchRows) {
    signal?.throwIfAborted();
    const batch = await Promise.all(
      explained.slice(first, first + batchRows).map(async (row) => {
        const x = rows.subarray(row * width, (row + 1) * width);
        const background = await backgrounds.given(x.subarray(columns));
        return { row, paths: pathsTo({ x, logProb: logProb[row] }, background, orders) };
      }),
    );
    const explainable = batch.filter(({ paths }) => paths.length > 0);
    const falls = await fallsAlong(
      serving,
      model,
      explainable.flatMap(({ paths }) => paths),
    );
    for (const [index, { row, paths }] of explainable.entries()) {
      reference[row] = paths.reduce((total, { from }) => total + from.logProb, 0) / paths.length;
      const ofRow = falls.subarray(index * orders.length * columns, (index + 1) * orders.length * columns);
      contributions.set(columnMeans(ofRow, columns), row * columns);
    }
  }
  return { reference, contributions };
}

/** Orders of the columns 0 .. columns - 1, each followed by its reverse. */
function columnOrders(columns: number): Int32Array[] {
  const random = new RandomStream(seed, 'explanation');
  return Array.from({ length: orderPairs }, () => random.permutation(columns)).flatMap((order) => [
    order,
    order.toReversed(),
  ]);
}

interface RowToExplain {
  /** In codes [columns + context]. */
  readonly x: Float64Array;
  readonly logProb: number;
}

/** A way from a background row to the row to explain, one column after the other. */
interface Path {
  readonly order: Int32Array;
  readonly from: BackgroundRow;
  readonly to: RowToExplain;
}

/** A path for each of the orders; none where there is no background. */
function pathsTo(to: RowToExplain, background: readonly BackgroundRow[], orders: readonly Int32Array[]): Path[] {
  if (background.length === 0) return [];
  return orders.map((order, index) => ({ order, from: background[index >> 1], to }));
}

/** How far the log-density falls along each path with each column, [paths, columns]. */
async function fallsAlong(
  serving: Pick<OwnServing, 'logProb'>,
  { id, encoding }: { readonly id: string; readonly encoding: Encoding },
  paths: readonly Path[],
): Promise<Float64Array> {
  const columns = encoding.columns.length;
  const width = columns + encoding.context.length;
  const between = columns - 1;
  const rows = new Float64Array(paths.length * between * width);
  for (const [index, path] of paths.entries())
    mixtures(path, rows.subarray(index * between * width, (index + 1) * between * width));
  const scored = rows.length > 0 ? await serving.logProb(id, rows, paths.length * between) : new Float64Array();
  const falls = new Float64Array(paths.length * columns);
  for (const [index, { order, from, to }] of paths.entries()) {
    const least = Math.min(from.logProb, to.logProb);
    let before = from.logProb;
    for (const [step, column] of order.entries()) {
      const mixed = step < between ? scored[index * between + step] : to.logProb;
      const after = Number.isFinite(mixed) ? mixed : least;
      falls[index * columns + column] = before - after;
      before = after;
    }
  }
  return falls;
}

/** The rows [columns - 1, columns + context] between the ends of a path. */
function mixtures({ order, from, to: { x } }: Path, rows: Float64Array): void {
  const mixed = Float64Array.from(x);
  mixed.set(from.values);
  for (let step = 0; step < order.length - 1; step++) {
    mixed[order[step]] = x[order[step]];
    rows.set(mixed, step * x.length);
  }
}

/** The mean of each column of values [rows, columns]. */
function columnMeans(values: Float64Array, columns: number): Float64Array {
  const means = new Float64Array(columns);
  for (let index = 0; index < values.length; index++)
    means[index % columns] += (values[index] * columns) / values.length;
  return means;
}
