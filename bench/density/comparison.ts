import type { Measurement } from './measurement.ts';

/** What one library did on one table, over the seeds that all have. */
interface Row {
  readonly library: string;
  readonly logProb: number;
  readonly standardError: number;
  readonly seconds: number;
  /** Seconds until its best validation log-likelihood. */
  readonly bestAfter: number;
  /** How often it ended because it might not go on. */
  readonly cutOff: number;
  /** Its `bestAfter` in proportion to our seconds until the same validation log-likelihood; 0 where we never reach it. */
  readonly timeRatio: number;
  /** Our test log-likelihood less its own on the same rows: the mean, and its standard error over seeds. */
  readonly gain: number;
  readonly gainError: number;
}

/** Prints each table's libraries, the most likely first, and in how far ours is the best. */
export function compare(measurements: readonly Measurement[], ours: string): void {
  const summaries: { table: string; own: Row; peers: Row[] }[] = [];
  for (const [table, ofTable] of Map.groupBy(measurements, ({ table }) => table)) {
    const { rows, seeds } = rowsOf(ofTable, ours);
    if (seeds === 0) continue;
    console.log(`\n${table}, ${seeds} seeds: mean test log-likelihood in nats and standardised units`);
    console.table(rows.map(printed));
    const own = rows.find(({ library }) => library === ours);
    if (own && rows.length > 1) summaries.push({ table, own, peers: rows.filter((row) => row !== own) });
  }
  if (summaries.length === 0) return;
  const best = summaries.map(({ peers }) => peers[0]);
  const level = best.filter(({ gain, gainError }) => gain >= 0 || -gain <= gainError).length;
  const worst = summaries.reduce((a, b) => (b.peers[0].gain < a.peers[0].gain ? b : a));
  const shortfall = -worst.peers[0].gain;
  const fastest = summaries.map(({ peers }) => peers.reduce((a, b) => (b.bestAfter < a.bestAfter ? b : a)));
  console.log(
    `\n${ours}: highest or within one standard error of the highest on ${level} of ${summaries.length} tables; ` +
      `${shortfall > 0 ? `at most ${shortfall.toFixed(3)} nats below it (${worst.table})` : 'nowhere below it'}; ` +
      `time to pass the fastest peer: median ratio ${digits(median(fastest.map(({ timeRatio }) => timeRatio)))}, ` +
      `the most likely peer: ${digits(median(best.map(({ timeRatio }) => timeRatio)))}`,
  );
}

function rowsOf(measurements: readonly Measurement[], ours: string): { rows: Row[]; seeds: number } {
  const all = [...Map.groupBy(measurements, ({ library }) => library).entries()];
  // Another flow of ours is no peer.
  const libraries = all.filter(([library]) => library === ours || !library.startsWith('pushforward'));
  const measured = libraries.map(([, results]) => results.map(({ seed }) => seed));
  const seeds = new Set(measured[0].filter((seed) => measured.every((those) => those.includes(seed))));
  const results = libraries.map(([library, results]) => ({
    library,
    fits: results.filter(({ seed }) => seeds.has(seed)).sort((a, b) => a.seed - b.seed),
  }));
  const own = results.find(({ library }) => library === ours)?.fits ?? [];
  const rows = results.map(({ library, fits }) => rowOf(library, fits, own));
  return { rows: rows.sort((a, b) => b.logProb - a.logProb), seeds: seeds.size };
}

function rowOf(library: string, fits: readonly Measurement[], own: readonly Measurement[]): Row {
  const logProbs = fits.map(({ testLogProb }) => testLogProb);
  const gains = own.map(({ testLogProb }, index) => testLogProb - logProbs[index]);
  return {
    library,
    logProb: mean(logProbs),
    standardError: standardError(logProbs),
    seconds: mean(fits.map(({ seconds }) => seconds)),
    bestAfter: mean(fits.map(bestAfter)),
    cutOff: fits.filter(({ ended }) => ended !== 'patience').length,
    timeRatio: median(
      own.map((fit, index) => bestAfter(fits[index]) / secondsToPass(fit, fits[index].validationLogProb)),
    ),
    gain: mean(gains),
    gainError: standardError(gains),
  };
}

const bestAfter = ({ timeline }: Measurement) => timeline[timeline.length - 1][0];

const secondsToPass = ({ timeline }: Measurement, logProb: number) =>
  timeline.find(([, best]) => best >= logProb)?.[0] ?? Number.POSITIVE_INFINITY;

function printed({ library, gain, gainError, timeRatio, cutOff, ...row }: Row) {
  return {
    library,
    'log-likelihood': Number(row.logProb.toFixed(3)),
    '+-': Number(row.standardError.toFixed(3)),
    seconds: digits(row.seconds),
    'best after': digits(row.bestAfter),
    'cut off': cutOff,
    'our gain': `${gain.toFixed(3)} +- ${gainError.toFixed(3)}`,
    'time ratio': digits(timeRatio),
  };
}

const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;

/** Of the mean; NaN for a single value. */
function standardError(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)) / (values.length - 1));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

const digits = (value: number) => Number(value.toPrecision(3));
