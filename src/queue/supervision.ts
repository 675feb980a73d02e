import type { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';

/** How often is looked for dead processes; with the heartbeat, the bound on how long their jobs wait. */
export const supervisionSeconds = 5;

/**
 * Looks for jobs whose process has not been heard of, as pg-boss itself would. But a process that could not reach the database
 * is not dead: after an outage, and at first, since one may just have ended, all have the time of a heartbeat to be heard.
 */
export class Supervision {
  readonly #boss: PgBoss;
  readonly #log: Logger;
  readonly #graceMilliseconds: number;
  readonly #timer: NodeJS.Timeout;
  #reachableSince = performance.now();
  #running = false;

  constructor(boss: PgBoss, { log, heartbeatSeconds }: { log: Logger; heartbeatSeconds: number }) {
    this.#boss = boss;
    this.#log = log;
    this.#graceMilliseconds = heartbeatSeconds * 1000;
    this.#timer = setInterval(() => this.#turn(), supervisionSeconds * 1000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #turn(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      const isGrace = performance.now() - this.#reachableSince < this.#graceMilliseconds;
      // Within the grace it is only asked whether the database is there still.
      await (isGrace ? this.#boss.getQueues() : this.#boss.supervise());
    } catch (error) {
      this.#reachableSince = performance.now();
      this.#log.error({ err: error }, 'the queue cannot be watched over');
    } finally {
      this.#running = false;
    }
  }
}
