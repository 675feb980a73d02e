import type { Cell, Columns } from '../../api/cell.ts';
import { describeColumn, type PairColumn, toPosition, valuesOf } from './column.ts';
import { randomNumbers, shuffled } from './random.ts';

export interface PairSeries {
  /** As in "rows". */
  readonly name: string;
  readonly columns: Columns;
}

/** Rows of one or two series, as a pair plot draws them. */
export interface PairTable {
  readonly columns: readonly PairColumn[];
  readonly series: readonly { readonly name: string; readonly count: number; readonly missing: readonly number[] }[];
  /** How many points there are, in the order in which they are drawn: a random one, so that the first of them are a fair part of all. */
  readonly count: number;
  /** To which series each belongs. */
  readonly seriesOf: Uint8Array;
  /** For each column the value of each point, NaN where it is missing. */
  readonly values: readonly Float64Array[];
  /** For each column the place of each point along its axis, far away from it where the value is missing. */
  readonly positions: readonly Float32Array[];
}

/** No view comes near it. */
const missingPosition = -1000;

/** Puts together what is drawn; `categorical` are columns whose numbers stand for categories. */
export function pairTable(
  names: readonly string[],
  series: readonly PairSeries[],
  categorical: ReadonlySet<string> = new Set(),
): PairTable {
  const random = randomNumbers(1);
  const counts = series.map(({ columns }) => columns.get(names[0])?.length ?? 0);
  const count = counts.reduce((sum, next) => sum + next, 0);
  const order = shuffled(count, random);
  const cells = names.map((name) => cellsOf(series, name));
  const columns = names.map((name, index) => describeColumn(name, cells[index], categorical.has(name)));
  const values = columns.map((column, index) => {
    const inTurn = valuesOf(column, cells[index], random);
    return inOrder(new Float64Array(count), (point) => inTurn[order[point]]);
  });
  return {
    columns,
    series: series.map(({ name, columns: own }, index) => ({
      name,
      count: counts[index],
      missing: names.map((column) => (own.get(column) ?? []).filter((cell) => cell === null).length),
    })),
    count,
    seriesOf: inOrder(new Uint8Array(count), (point) => Number(order[point] >= counts[0])),
    values,
    positions: columns.map((column, index) =>
      inOrder(new Float32Array(count), (point) => {
        const value = values[index][point];
        return Number.isNaN(value) ? missingPosition : toPosition(column, value);
      }),
    ),
  };
}

/** The cells of all series, one after the other. */
const cellsOf = (series: readonly PairSeries[], name: string): Cell[] =>
  series.flatMap(({ columns }) => columns.get(name) ?? []);

/** By a plain loop: `from` takes ten times as long. */
function inOrder<Numbers extends Float64Array | Float32Array | Uint8Array>(
  all: Numbers,
  of: (point: number) => number,
) {
  for (let point = 0; point < all.length; point++) all[point] = of(point);
  return all;
}
