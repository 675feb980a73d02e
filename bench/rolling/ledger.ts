/** What was asked, what came of it, and when. */
export class Ledger {
  readonly #started = performance.now();
  readonly #kinds = new Map<string, { sent: number; answered: number; failed: number; times: number[] }>();
  readonly failures: { second: number; kind: string; why: string }[] = [];

  /** Does one thing, and notes how it ended; whatever it throws is a failure. */
  async note(kind: string, work: () => Promise<void>): Promise<void> {
    const tally = this.#kinds.get(kind) ?? { sent: 0, answered: 0, failed: 0, times: [] };
    this.#kinds.set(kind, tally);
    tally.sent++;
    const started = performance.now();
    try {
      await work();
      tally.answered++;
      tally.times.push(performance.now() - started);
    } catch (error) {
      tally.failed++;
      this.failures.push({ second: this.second, kind, why: reasonOf(error) });
    }
  }

  /** Since the beginning, to a tenth. */
  get second(): number {
    return Math.round((performance.now() - this.#started) / 100) / 10;
  }

  get table(): object[] {
    return [...this.#kinds].map(([kind, { sent, answered, failed, times }]) => {
      times.sort((a, b) => a - b);
      const [median, slowest] = [0.5, 1].map((part) => Math.round(times[Math.floor(part * (times.length - 1))] ?? 0));
      return { kind, sent, answered, failed, 'median ms': median, 'slowest ms': slowest };
    });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message.replace(/\s+/g, ' ');
  return error.cause ? `${message}: ${reasonOf(error.cause)}` : message;
}
