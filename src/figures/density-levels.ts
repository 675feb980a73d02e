/** By what a colour stands: the density itself, or which share of all rows has a density at least as high. */
export type Scale = 'density' | 'share';

/** From where on a density has each colour, from the lowest on. */
export interface DensityLevels {
  readonly thresholds: readonly number[];
  readonly colours: string[];
  /** Which part of all rows, of those on the grid, lies where the density is at least the threshold. */
  readonly shares: readonly number[];
}

/** As many as colours.css has. */
const steps = 12;
const stepShares = [0.99, 0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05];

/**
 * Levels for values over a grid of equal cells: in equal steps up to the highest, or so that the region from each on holds a given
 * share of all (highest density regions: Hyndman 1996). Levels that coincide are one.
 */
export function levelsOf(values: readonly number[], scale: Scale): DensityLevels {
  const sorted = values.toSorted((a, b) => b - a);
  const highest = sorted[0] ?? 0;
  const total = sorted.reduce((sum, value) => sum + value, 0);
  if (!(highest > 0)) return { thresholds: [1], colours: [levelColour(0)], shares: [0] };
  const thresholds =
    scale === 'density'
      ? Array.from({ length: steps }, (_, step) => (highest * (step + 0.25)) / steps)
      : regionThresholds(sorted, total);
  // Of levels that are equal the darkest counts.
  const kept = thresholds.flatMap((threshold, step) => (threshold === thresholds[step + 1] ? [] : [step]));
  return {
    thresholds: kept.map((step) => thresholds[step]),
    colours: kept.map(levelColour),
    shares: kept.map((step) => (scale === 'share' ? stepShares[step] : shareAbove(sorted, thresholds[step]) / total)),
  };
}

/** Of the levels from 0, the paper's own, on. */
export const levelColour = (step: number) => `var(--density-${step + 1})`;

const shareAbove = (sorted: readonly number[], threshold: number) =>
  sorted.reduce((sum, value) => (value >= threshold ? sum + value : sum), 0);

/** The density of the cell with which the highest ones hold each share. */
function regionThresholds(sorted: readonly number[], total: number): number[] {
  let held = 0;
  const heldUpTo = sorted.map((value) => {
    held += value;
    return held;
  });
  // The whole may be lost in rounding.
  return stepShares.map(
    (share) =>
      sorted[
        Math.max(
          0,
          heldUpTo.findIndex((part) => part >= share * total),
        )
      ],
  );
}
