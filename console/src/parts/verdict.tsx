import { isAnomaly, type Score } from '../api/anomalies.ts';

/** Whether a row is an anomaly, by the largest p-value of one. */
export function Verdict({ score, cutoff }: { score: Score; cutoff: number }) {
  const verdict = isAnomaly(score, cutoff);
  if (verdict === undefined) return <span class="badge">not readable</span>;
  if (score.logProb === null) return <span class="badge badge-failed">impossible</span>;
  return <span class={`badge badge-${verdict ? 'failed' : 'ready'}`}>{verdict ? 'anomaly' : 'usual'}</span>;
}
