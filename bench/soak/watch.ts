import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a process holds at one moment. */
export interface Holdings {
  /** Since the watching began. */
  readonly minutes: number;
  /** Resident memory. */
  readonly mebibytes: number;
  readonly files: number;
  readonly sockets: number;
}

export async function holdingsOf(pid: number, minutes = 0): Promise<Holdings> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const mebibytes = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  const sockets = targets.filter((target) => target.startsWith('socket:')).length;
  return { minutes, mebibytes: Math.round(mebibytes), files: descriptors.length, sockets };
}

/** Looks every ten seconds until `signal` aborts. */
export async function watch(pid: number, signal: AbortSignal): Promise<Holdings[]> {
  const started = performance.now();
  const seen: Holdings[] = [];
  while (!signal.aborted) {
    seen.push(await holdingsOf(pid, (performance.now() - started) / 60_000));
    console.error(JSON.stringify(seen.at(-1)));
    await sleep(10_000, undefined, { signal }).catch(() => {});
  }
  return seen;
}

/** The line of least squares through the memory of the second half: MiB a minute, and the standard error of that. */
export function growth(all: readonly Holdings[]): { perMinute: number; standardError: number } {
  const half = all.slice(Math.floor(all.length / 2));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [half.map(({ minutes }) => minutes), half.map(({ mebibytes }) => mebibytes)];
  const [centreX, centreY] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - centreX) ** 2, 0);
  const perMinute = x.reduce((sum, value, index) => sum + (value - centreX) * (y[index] - centreY), 0) / spread;
  const residuals = x.map((value, index) => y[index] - centreY - perMinute * (value - centreX));
  const variance = residuals.reduce((sum, residual) => sum + residual ** 2, 0) / (half.length - 2);
  return { perMinute, standardError: Math.sqrt(variance / spread) };
}
