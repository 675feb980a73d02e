import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { check } from '../../src/flow/schema.ts';
import { runPeer } from '../peers.ts';
import type { AnomalySplit } from './tables.ts';

const resultSchema = Type.Object({ detector: Type.String(), version: Type.String(), auroc: Type.Number() });

/** The detectors of scikit-learn on a split; undefined where there is no Python for them. */
export async function scorePeers({ columns, training, ordinary, anomalies }: AnomalySplit, seed: number) {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'pushforward-anomalies-'));
  const file = join(directory.path, 'rows.f64');
  const parts = [training, ordinary, anomalies];
  await writeFile(file, Buffer.concat(parts.map(({ buffer }) => Buffer.from(buffer))));
  const numbers = [columns.length, ...parts.map(({ length }) => length / columns.length), seed];
  const results = runPeer('anomalies.py', file, ...numbers.map(String));
  return results?.map((result) => check(resultSchema, result, 'anomalies.py'));
}
