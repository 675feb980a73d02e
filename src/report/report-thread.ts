import { Piscina } from 'piscina';
import type { ReportContent } from './content.ts';
import type { Estimates, EstimateTask } from './estimates.ts';

/** What a report shows takes up to seconds of a processor: it is made in a thread of its own, one after the other. */
export class ReportThread {
  readonly #thread = new Piscina({
    filename: new URL('./worker.ts', import.meta.url).href,
    // Few ask for reports: the thread begins with the first, and goes when none has come for a while.
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 60_000,
  });

  estimate(task: EstimateTask): Promise<Estimates> {
    return this.#thread.run(task, { name: 'estimate' });
  }

  /** The report as one HTML document. */
  render(content: ReportContent): Promise<string> {
    return this.#thread.run(content, { name: 'render' });
  }

  /** Finishes what is being made. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}
