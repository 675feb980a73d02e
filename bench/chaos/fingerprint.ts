import { createHash } from 'node:crypto';
import { type Answer, ask, post } from './ask.ts';
import type { Row } from './tables.ts';

/** What a ready model is and does, to the bit. */
export interface Fingerprint {
  readonly onnx: string;
  readonly logProb: string;
  readonly sample: string;
}

export const askScores = (path: string, rows: readonly Row[]) => post(`${path}/log-prob`, { rows: rows.slice(0, 20) });
export const askSample = (path: string) => ask(`${path}/sample?n=200&seed=7&format=csv`);
const askOnnx = (path: string) => ask(`${path}/onnx?program=log-prob`);

export const digestOf = ({ bytes }: Answer) => createHash('sha256').update(bytes).digest('hex');

/** The fingerprint of the model at a path; `insist` gets answers of 200. */
export async function fingerprintOf(
  path: string,
  rows: readonly Row[],
  insist: (ask: () => Promise<Answer>) => Promise<Answer>,
): Promise<Fingerprint> {
  return {
    onnx: digestOf(await insist(() => askOnnx(path))),
    logProb: digestOf(await insist(() => askScores(path, rows))),
    sample: digestOf(await insist(() => askSample(path))),
  };
}
