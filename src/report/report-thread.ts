import { Piscina } from 'piscina';
import type { ReportContent } from './content.ts';

/** What is drawn takes up to a second of a processor: it happens in a thread of its own, one report after the other. */
export class ReportThread {
  readonly #thread = new Piscina({
    filename: new URL('./worker.ts', import.meta.url).href,
    // Few ask for reports: the thread begins with the first, and goes when none has come for a while.
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: 60_000,
  });

  /** The report as one HTML document. */
  draw(content: ReportContent): Promise<string> {
    return this.#thread.run(content, { name: 'render' });
  }

  /** Finishes what is being drawn. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}
