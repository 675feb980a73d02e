import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPeer } from '../peers.ts';
import { checkFitted, type Fitted, type Limits } from './measurement.ts';
import type { SplitTable } from './tables.ts';

export interface Peer {
  readonly name: string;
  readonly script: string;
  readonly variant?: string;
}

export const peers: readonly Peer[] = [
  { name: 'nflows', script: 'density_nflows.py' },
  { name: 'zuko', script: 'density_zuko.py' },
  { name: 'flowjax coupling', script: 'density_flowjax.py', variant: 'coupling' },
  { name: 'flowjax bnaf', script: 'density_flowjax.py', variant: 'bnaf' },
];

/** Trains a peer in a process of its own, on the same rows; undefined where there is no Python for it. */
export async function trainPeer(
  { name, script, variant = '' }: Peer,
  { columns, training, validation, test, seed, limits }: SplitTable & { seed: number; limits: Limits },
): Promise<Fitted | undefined> {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'pushforward-density-'));
  const file = join(directory.path, 'rows.f32');
  const parts = [training, validation, test];
  await writeFile(file, Float32Array.from(parts.flatMap(({ values }) => Array.from(values, Number))));
  const numbers = [columns.length, ...parts.map(({ shape: [rows] }) => rows), seed, limits.steps, limits.seconds];
  const results = runPeer(script, file, ...numbers.map(String), variant);
  return results && checkFitted(results[0], name);
}
