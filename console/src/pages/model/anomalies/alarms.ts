/** How unusual the rows of a table are, in the order of the table. */
export interface Scores {
  /** From 1 / (n + 1) to 1; NaN for a row that cannot be read. */
  readonly pValues: Float64Array;
  /** Nats; -Infinity where the density is zero, NaN for a row that cannot be read. */
  readonly logProbs: Float64Array;
}

/** Rows that may be judged together: those that can be read, the most unusual first, then those that cannot. */
export function ranked({ pValues, logProbs }: Scores): Uint32Array {
  const order = Uint32Array.from(pValues.keys());
  const place = (value: number) => (Number.isNaN(value) ? Infinity : value);
  return order.sort(
    (a, b) => compare(place(pValues[a]), place(pValues[b])) || compare(place(logProbs[a]), place(logProbs[b])) || a - b,
  );
}

/** Not by difference: that of two infinities is no number. */
const compare = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);

/** How many rows can be read, and so be judged; of rows in their ranked order these are the first. */
export function readableCount({ pValues }: Scores): number {
  return pValues.reduce((count, value) => (Number.isNaN(value) ? count : count + 1), 0);
}

/**
 * How many rows are called anomalies: those with p <= cutoff, and those of density zero, which no calibration row has. In their
 * ranked order these are the first.
 */
export function flaggedCount({ pValues, logProbs }: Scores, cutoff: number): number {
  let count = 0;
  for (let row = 0; row < pValues.length; row++) if (pValues[row] <= cutoff || logProbs[row] === -Infinity) count++;
  return count;
}

export interface FalseAlarms {
  /** The chance that a row of the model's kind is called an anomaly: k / (n + 1). */
  readonly rate: number;
  /** How many of the rows would be, on average, if all were such. */
  readonly expected: number;
  /** Its standard deviation, over rows as well as over calibration rows. */
  readonly deviation: number;
}

/**
 * The false alarms among m rows, if each is drawn as the n calibration rows were. P-values are multiples of 1 / (n + 1), all equally
 * likely, so that P(p <= alpha) = k / (n + 1) with k = floor(alpha (n + 1)). Given the calibration rows the rate is that of a
 * Beta(k, n + 1 - k), and the number of alarms beta-binomial: with r = k / (n + 1), its mean is m r and its variance
 * m r (1 - r) (m + n + 1) / (n + 2).
 */
export function falseAlarms(alpha: number, rows: number, calibrationRows: number): FalseAlarms {
  const rate = attainable(alpha, calibrationRows);
  const variance = (rows * rate * (1 - rate) * (rows + calibrationRows + 1)) / (calibrationRows + 2);
  return { rate, expected: rows * rate, deviation: Math.sqrt(variance) };
}

/** The largest p-value at most alpha that so many calibration rows allow; 0 where there is none. */
export function attainable(alpha: number, calibrationRows: number): number {
  const places = calibrationRows + 1;
  // As the service has it: rounding may take the product to either side of a whole number.
  let k = Math.round(alpha * places);
  if (k / places > alpha) k--;
  return k / places;
}

/**
 * The largest p-value of an anomaly, such that of the rows called so at most a part `rate` is usual, on average (Benjamini and
 * Hochberg 1995); 0 where none can be called so. `order` is that of `ranked`.
 */
export function discoveryCutoff({ pValues }: Scores, order: Uint32Array, rate: number): number {
  let last = order.length;
  while (last > 0 && Number.isNaN(pValues[order[last - 1]])) last--;
  const readable = last;
  while (last > 0 && (pValues[order[last - 1]] * readable) / last > rate) last--;
  return last === 0 ? 0 : pValues[order[last - 1]];
}

export interface PValueBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** How many there would be, if all rows were drawn as the calibration rows. */
  readonly expected: number;
}

const binsPerDecade = 4;

/** P-values in bins of a logarithmic scale, from the smallest that so many calibration rows allow. */
export function pValueBins(pValues: Float64Array, calibrationRows: number): PValueBin[] {
  const decades = Math.log10(calibrationRows + 1);
  const size = Math.max(1, Math.ceil(binsPerDecade * decades));
  const edge = (bin: number) => 10 ** -((decades * (size - bin)) / size);
  const counts = new Uint32Array(size);
  let rows = 0;
  for (const value of pValues) {
    if (Number.isNaN(value)) continue;
    rows++;
    // A p-value on an edge belongs below it, as those do that are at most alpha.
    const place = Math.ceil(size * (1 + Math.log10(value) / decades) - 1e-9) - 1;
    counts[Math.min(size - 1, Math.max(0, place))]++;
  }
  return Array.from(counts, (count, bin) => {
    const [from, to] = [edge(bin), bin === size - 1 ? 1 : edge(bin + 1)];
    // The first bin has its lower edge too.
    const below = bin === 0 ? 0 : attainable(from * (1 + 1e-9), calibrationRows);
    return { from, to, count, expected: rows * (attainable(to * (1 + 1e-9), calibrationRows) - below) };
  });
}
