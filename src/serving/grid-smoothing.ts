/** Densities from binned samples, in one dimension or two: a matrix [rows, columns] is row-major, a line has one row. */

/** Samples by bin. */
export interface Bins {
  /** [rows, columns] */
  readonly shape: readonly [rows: number, columns: number];
  /** The share of the samples' weight in each bin; the rest of 1 lies beyond all of them. */
  readonly shares: Float64Array;
  /** The sum of the squares of the shares that single samples have, in each bin and in all, those beyond among them. */
  readonly squares: Float64Array;
  readonly squareSum: number;
}

/** Whether neighbours along rows, and along columns, have to do with each other; categories do not. */
export type Smooth = readonly [alongRows: boolean, alongColumns: boolean];

export interface Smoothed {
  readonly shares: Float64Array;
  /** Of each of the shares. */
  readonly standardErrors: Float64Array;
}

/** The widest kernel's deviation, of the length of an axis; each next one is narrower by the square root of two. */
const widest = 1 / 8;
/** In bins: a kernel narrower than this is no smoothing. */
const narrowest = 0.7;

/**
 * Smooths the shares as widely as they themselves allow, and says how sure the result is.
 *
 * The smoother is a local quadratic regression with a Gaussian kernel along each axis (Fan and Gijbels 1996, "Local
 * polynomial modelling and its applications", ch. 3): linear, fit_g = sum_b K_gb share_b, of fourth order inside, and right at
 * the edges, where a kernel estimate would leak. Its standard error follows from the samples' own,
 * Var fit_g = sum_s w_s^2 (K_gs - fit_g)^2. Of ever narrower kernels the one of least estimated risk,
 *
 *     sum_b (share_b - fit_b)^2 + 2 sum_b K_bb Var share_b   (Mallows 1973; for densities, least-squares cross-validation),
 *
 * balances what it blurs with its noise. The next narrower one is taken: it blurs a quarter as much, by the fourth order, and
 * what is left is noise, of which the standard error tells. The last kernel is none at all.
 */
export function smoothed(bins: Bins, smooth: Smooth): Smoothed {
  const candidates = kernelsFor(bins.shape, smooth).map((kernels) => {
    const shares = apply(kernels, bins.shares, bins.shape);
    return { kernels, shares, risk: risk(bins, shares, kernels) };
  });
  const least = candidates.reduce((best, { risk }, index) => (risk < candidates[best].risk ? index : best), 0);
  const { shares, kernels } = candidates[Math.min(least + 1, candidates.length - 1)];
  const positive = shares.map((share) => Math.max(0, share));
  // What was cut off below 0 is taken off above it: in all, the shares stay what they are.
  const kept = total(positive);
  const excess = kept > 0 ? kept / total(bins.shares) : 1;
  return {
    shares: positive.map((share) => share / excess),
    standardErrors: standardErrors(bins, shares, kernels),
  };
}

const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);

/** For each axis a kernel, the widest ones first. */
function kernelsFor(shape: Bins['shape'], smooth: Smooth): Kernel[][] {
  const all: Kernel[][] = [];
  for (let fraction = widest; ; fraction /= Math.SQRT2) {
    const kernels = shape.map((length, axis) =>
      smooth[axis] && fraction * length >= narrowest ? localQuadratic(length, fraction * length) : undefined,
    );
    all.push(kernels);
    if (kernels.every((kernel) => kernel === undefined)) return all;
  }
}

/** A row-major [length, length] matrix; undefined stands for the identity. */
type Kernel = Float64Array | undefined;

/** Each row of the result is the weights of a local quadratic regression at one place of the axis. */
function localQuadratic(length: number, deviation: number): Float64Array {
  const kernel = new Float64Array(length * length);
  for (let place = 0; place < length; place++) {
    const row = kernel.subarray(place * length, (place + 1) * length);
    const [s0, s1, s2, s3, s4] = momentsAt(place, row, deviation);
    const [c0, c1, c2] = [s2 * s4 - s3 * s3, s2 * s3 - s1 * s4, s1 * s3 - s2 * s2];
    const determinant = s0 * c0 + s1 * c1 + s2 * c2;
    for (let other = 0; other < length; other++) {
      const u = (other - place) / deviation;
      row[other] *= (c0 + c1 * u + c2 * u * u) / determinant;
    }
  }
  return kernel;
}

/** Fills the row with the Gaussian weights of the places; gives their moments 0 to 4. */
function momentsAt(place: number, row: Float64Array, deviation: number): number[] {
  const moments = [0, 0, 0, 0, 0];
  for (let other = 0; other < row.length; other++) {
    const u = (other - place) / deviation;
    row[other] = Math.exp(-0.5 * u * u);
    for (let power = 0, term = row[other]; power <= 4; power++, term *= u) moments[power] += term;
  }
  return moments;
}

/** The first kernel along the rows' numbers, the second along the columns'. */
function apply([ofRows, ofColumns]: readonly Kernel[], values: Float64Array, [rows, columns]: Bins['shape']) {
  const across = new Float64Array(rows * columns);
  if (!ofColumns) across.set(values);
  else
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let other = 0; other < columns; other++)
          sum += ofColumns[column * columns + other] * values[row * columns + other];
        across[row * columns + column] = sum;
      }
  if (!ofRows) return across;
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let other = 0; other < rows; other++) {
      const weight = ofRows[row * rows + other];
      for (let column = 0; column < columns; column++)
        result[row * columns + column] += weight * across[other * columns + column];
    }
  return result;
}

const squared = (kernel: Kernel): Kernel => kernel?.map((weight) => weight * weight);

function standardErrors({ squares, squareSum, shape }: Bins, shares: Float64Array, kernels: readonly Kernel[]) {
  const ofSquares = apply(kernels.map(squared), squares, shape);
  const ofProducts = apply(kernels, squares, shape);
  return shares.map((share, place) =>
    Math.sqrt(Math.max(0, ofSquares[place] - 2 * share * ofProducts[place] + share * share * squareSum)),
  );
}

/** The expected squared error of the fitted shares, but for a constant. */
function risk(
  { shares, squares, shape: [rows, columns] }: Bins,
  fitted: Float64Array,
  kernels: readonly Kernel[],
): number {
  const [ofRow, ofColumn] = kernels.map((kernel, axis) => {
    const length = [rows, columns][axis];
    return (place: number) => (kernel ? kernel[place * length + place] : 1);
  });
  return fitted.reduce((sum, fit, place) => {
    const own = ofRow(Math.floor(place / columns)) * ofColumn(place % columns);
    return sum + (shares[place] - fit) ** 2 + 2 * own * squares[place];
  }, 0);
}
