/**
 * The area under the ROC curve of scores that are lower for anomalies: the chance that an anomaly's is lower than an ordinary
 * row's, ties counting half (Mann and Whitney 1947).
 */
export function areaUnderRoc(ordinary: Float64Array, anomalies: Float64Array): number {
  const ascending = ordinary.toSorted();
  let pairs = 0;
  let [below, upTo] = [0, 0];
  for (const score of anomalies.toSorted()) {
    while (ascending[below] < score) below++;
    while (ascending[upTo] <= score) upTo++;
    pairs += ordinary.length - (below + upTo) / 2;
  }
  return pairs / (ordinary.length * anomalies.length);
}
