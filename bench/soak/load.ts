import { setTimeout as sleep } from 'node:timers/promises';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { anyKind, type Subject } from './mix.ts';

/** How soon things were done, and what went wrong. */
export class Results {
  readonly #milliseconds = new Map<string, number[]>();
  readonly #errors = new Map<string, number>();
  done = 0;
  failed = 0;

  async time(kind: string, due: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      const times = this.#milliseconds.get(kind) ?? [];
      times.push(performance.now() - due);
      this.#milliseconds.set(kind, times);
    } catch (error) {
      this.fail(`${kind}: ${error instanceof Error ? error.message : error}`);
    }
    this.done++;
  }

  fail(what: string): void {
    this.failed++;
    this.#errors.set(what, (this.#errors.get(what) ?? 0) + 1);
  }

  get errors(): Record<string, number> {
    return Object.fromEntries(this.#errors);
  }

  get latencies(): { kind: string; count: number; p50: number; p99: number }[] {
    return [...this.#milliseconds].sort().map(([kind, times]) => {
      times.sort((a, b) => a - b);
      const [p50, p99] = [0.5, 0.99].map((part) => Number(times[Math.floor(part * (times.length - 1))].toFixed(1)));
      return { kind, count: times.length, p50, p99 };
    });
  }
}

/** How many things a second are done when so many clients do one after another. */
export async function capacity(subject: Subject, clients: number, seconds: number): Promise<number> {
  const results = new Results();
  const started = performance.now();
  const until = started + 1000 * seconds;
  const client = async (seed: number) => {
    const random = new RandomStream(seed, 'noise');
    for (let turn = 0; performance.now() < until; turn++) {
      const kind = anyKind(random);
      await results.time(kind.name, performance.now(), () => kind.ask(subject, turn));
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
  if (results.failed > 0) console.error('While the capacity was measured:', results.errors);
  return (1000 * (results.done - results.failed)) / (performance.now() - started);
}

/** More than that are not under way at once: what cannot be sent counts as an error. */
const mostUnderWay = 1000;

/**
 * Does so many things a second, whether those before are done or not; what a thing took is counted from when it was due.
 */
export async function openLoop(subject: Subject, perSecond: number, seconds: number): Promise<Results> {
  const results = new Results();
  const random = new RandomStream(1000, 'noise');
  const underWay = new Set<Promise<void>>();
  const started = performance.now();
  const count = Math.floor(perSecond * seconds);
  for (let turn = 0; turn < count; turn++) {
    const due = started + (1000 * turn) / perSecond;
    if (due > performance.now()) await sleep(due - performance.now());
    const kind = anyKind(random);
    if (underWay.size >= mostUnderWay) {
      results.fail(`${kind.name}: not sent`);
      continue;
    }
    const work = results.time(kind.name, due, () => kind.ask(subject, turn));
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  }
  await Promise.all(underWay);
  return results;
}
