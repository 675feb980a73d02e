import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const environment = join(import.meta.dirname, 'peers', '.venv', 'bin', 'python');

/**
 * Runs a script of `bench/peers` and returns the JSON objects that it prints, one a line. Undefined, and a line on
 * standard error, when there is no Python environment for it; throws when the script fails.
 */
export function runPeer(script: string, ...argumentList: string[]): Record<string, unknown>[] | undefined {
  const python = process.env.PEERS_PYTHON ?? environment;
  if (!existsSync(python)) {
    console.error(`Left out: ${script}, for which bench/peers/README.md says how to install Python packages`);
    return undefined;
  }
  const result = spawnSync(python, [join(import.meta.dirname, 'peers', script), ...argumentList], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${script} failed: ${result.stderr}`);
  return result.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
