import {
  abs,
  add,
  affine,
  cast,
  concat,
  equal,
  floor,
  greater,
  greaterOrEqual,
  max,
  min,
  mul,
  split,
  sub,
  where,
} from '../graph/operations.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import { fromLine, row } from './bounds.ts';
import { taken } from './encode.ts';
import { type CategoryEncoding, type Encoding, isPlain, lineBounds, type NumberEncoding } from './encoding.ts';
import { ColumnGroups } from './layout.ts';

/**
 * What is modelled, encoded [rows, ..], float32, back in codes [rows, columns], float64. Integers are whole, what has bounds
 * is within them, what is near a value that many rows share is that value, and a cell that is not observed is NaN.
 */
export function decode(encoded: Tensor, { columns }: Pick<Encoding, 'columns'>): Tensor {
  if (columns.every((column) => isPlain(column) && !column.atoms))
    return unstandardized(encoded, columns.filter(isPlain));
  const { numbers, numberPlaces, gaps, categorical, categoricalPlaces } = new ColumnGroups(columns);
  const sizes = [numbers.length, gaps.length, categorical.length];
  const parts = split(
    encoded,
    sizes.filter((size) => size > 0),
    1,
  );
  const part = (index: number) => parts[sizes.slice(0, index).filter((size) => size > 0).length];
  const decoded = numbers.length > 0 ? [decodeNumbers(part(0), numbers)] : [];
  const [values] = decoded;
  const withGaps = gaps.length > 0 ? [where(observed(part(1), gaps, numbers.length), values, Number.NaN)] : decoded;
  const codes = categorical.length > 0 ? [decodeCategories(part(2), categorical)] : [];
  const places = [...numberPlaces, ...categoricalPlaces];
  return taken(
    concat([...withGaps, ...codes], 1),
    places.map((_, place) => places.indexOf(place)),
  );
}

const unstandardized = (u: Tensor, columns: readonly NumberEncoding[]) =>
  add(mul(cast(u, 'float64'), row(columns.map(({ scale }) => scale))), row(columns.map(({ location }) => location)));

/** Encoded numbers [rows, numbers] in the units of their columns, float64, before integers are made whole and values gathered. */
export const inUnits = (u: Tensor, numbers: readonly NumberEncoding[]): Tensor =>
  fromLine(unstandardized(u, numbers), numbers.map(lineBounds));

function decodeNumbers(u: Tensor, numbers: readonly NumberEncoding[]): Tensor {
  const x = gathered(inUnits(u, numbers), numbers);
  if (numbers.every(({ kind, margin }) => kind === 'continuous' && margin === undefined)) return x;
  const isInteger = greater(row(numbers.map(({ kind }) => Number(kind === 'integer'))), 0);
  // Neither a margin nor rounding in the last place of a bound may lead beyond it.
  const least = row(numbers.map(({ lower = Number.NEGATIVE_INFINITY }) => lower));
  const most = row(numbers.map(({ upper = Number.POSITIVE_INFINITY }) => upper));
  return max(min(where(isInteger, floor(add(x, 0.5)), x), most), least);
}

/** What lies within the reach of an atom is the atom. */
function gathered(x: Tensor, numbers: readonly NumberEncoding[]): Tensor {
  const none = { value: 0, reach: -1 };
  const most = Math.max(...numbers.map(({ atoms = [] }) => atoms.length));
  return Array.from({ length: most }).reduce<Tensor>((gathering, _, index) => {
    const atoms = numbers.map(({ atoms = [] }) => atoms[index] ?? none);
    const value = row(atoms.map((atom) => atom.value));
    return where(greaterOrEqual(row(atoms.map(({ reach }) => reach)), abs(sub(x, value))), value, gathering);
  }, x);
}

/** The flags of the numbers that have them, as true or false for all numbers. */
function observed(flags: Tensor, gaps: readonly number[], numbers: number): Tensor {
  const places = Float32Array.from({ length: gaps.length * numbers }, (_, index) =>
    Number(gaps[Math.floor(index / numbers)] === index % numbers),
  );
  const always = Float32Array.from({ length: numbers }, (_, number) => Number(!gaps.includes(number)));
  return greater(affine(flags, constant(places, [gaps.length, numbers]), constant(always, [numbers])), 0.5);
}

function decodeCategories(codes: Tensor, columns: readonly CategoryEncoding[]): Tensor {
  const exact = cast(codes, 'float64');
  if (columns.every(({ missing }) => !missing)) return exact;
  const ofMissing = row(columns.map(({ missing, categories }) => (missing ? categories.length : -1)));
  return where(equal(exact, ofMissing), Number.NaN, exact);
}
