/**
 * p-values adjusted for their number by Holm's method (1979, "A simple sequentially rejective multiple test procedure"): that of
 * rank r among m becomes the largest of (m - i + 1) p_i over the ranks i up to r. Rejecting those of at most alpha, the chance
 * that any true hypothesis is among them is at most alpha, however the tests depend on each other.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => pValues[a] - pValues[b]);
  const adjusted = [...pValues];
  let most = 0;
  order.forEach((test, rank) => {
    most = Math.max(most, Math.min(1, (pValues.length - rank) * pValues[test]));
    adjusted[test] = most;
  });
  return adjusted;
}
