import type { Kill } from './plan.ts';

const classes = ['losses', 'duplicates', 'stuck', 'left behind'] as const;
export type FaultClass = (typeof classes)[number];

/** What is counted over all rounds. Each fault is told at once. */
export class Tally {
  readonly #faults = new Map<FaultClass, number>(classes.map((name) => [name, 0]));
  readonly #counts = new Map<string, number>();
  readonly #seconds = new Map<string, number[]>();

  fault(kind: FaultClass, where: string, what: string): void {
    this.#faults.set(kind, this.count(kind) + 1);
    console.error(`${where}: ${kind}: ${what}`);
  }

  count(kind: FaultClass): number {
    return this.#faults.get(kind) ?? 0;
  }

  get faults(): number {
    return classes.reduce((total, kind) => total + this.count(kind), 0);
  }

  add(what: string, number = 1): void {
    this.#counts.set(what, this.of(what) + number);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** How long it took until the service was ready again, or training went on. */
  recovered(what: Kill | 'training', seconds: number): void {
    this.#seconds.set(what, [...(this.#seconds.get(what) ?? []), seconds]);
  }

  print(): void {
    console.log(JSON.stringify({ counts: Object.fromEntries([...this.#counts].sort()) }));
    for (const [what, seconds] of this.#seconds) {
      const sorted = seconds.toSorted((a, b) => a - b);
      const [median, max] = [0.5, 1].map((part) => Number(sorted[Math.floor(part * (sorted.length - 1))].toFixed(2)));
      console.log(JSON.stringify({ recovery: what, times: sorted.length, medianSeconds: median, maxSeconds: max }));
    }
    console.log(JSON.stringify(Object.fromEntries(this.#faults)));
  }
}
