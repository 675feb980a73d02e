import { spawnSync } from 'node:child_process';

/** Seconds of the fastest call. The first is left out; the others go on for a second, and are at least two. */
export async function fastest(call: () => Promise<unknown>): Promise<number> {
  await call();
  let total = 0;
  let shortest = Number.POSITIVE_INFINITY;
  for (let calls = 0; calls < 2 || total < 1; calls++) {
    const started = performance.now();
    await call();
    const seconds = (performance.now() - started) / 1e3;
    total += seconds;
    shortest = Math.min(shortest, seconds);
  }
  return shortest;
}

/**
 * Keeps this thread, and the processes that it starts from now on, on so many cores: not every peer can be told how
 * many threads to use.
 */
export function pinTo(cores: number): void {
  const list = Array.from({ length: cores }, (_, core) => core).join(',');
  const { status } = spawnSync('taskset', ['--cpu-list', '--pid', list, String(process.pid)]);
  if (status !== 0) console.error(`Not kept on ${cores} cores, for want of taskset or cores: peers may use more`);
}
