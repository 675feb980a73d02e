import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Execute } from './transaction.ts';

const channel = 'pushforward';
/** A connection that says nothing is asked so often whether it is there still. */
const heartbeatMilliseconds = 10_000;
const patienceMilliseconds = 5_000;
const retryMilliseconds = 500;

/** Something that was done, by whichever process: one of the audit trail's actions, or `model.event`. */
export interface Happening {
  readonly what: string;
  /** Of the thing that it was done to. */
  readonly id: string;
}

export interface Listener {
  /** Soon after the transaction that did it was committed; what this process itself does is heard, too. */
  happened(happening: Happening): void;
  /** The connection was lost, or is there again: whatever was remembered may have changed unheard. */
  missed(): void;
}

/** Tells all processes, if the transaction in which it is executed is committed. */
export async function announce(execute: Execute, { what, id }: Happening): Promise<void> {
  await execute('SELECT pg_notify($1::text, $2::text)', [channel, `${what} ${id}`]);
}

/**
 * What happens in the database, as it happens (LISTEN and NOTIFY), over one connection that is made again when it is lost. It makes
 * memories right sooner than they would be by their own time limits, and nothing more: where notifications do not get through, as
 * through a pool of connections that are lent by the transaction, everything works all the same.
 */
export class News {
  readonly #databaseUrl: string;
  readonly #log: Logger;
  readonly #listeners = new Set<Listener>();
  readonly #closing = new AbortController();
  readonly #connections: Promise<void>;

  /** Opened when the first try to connect is over, however that ended. */
  static async open(databaseUrl: string, log: Logger): Promise<News> {
    const tried = Promise.withResolvers<void>();
    const news = new News({ databaseUrl, log, onTried: tried.resolve });
    await tried.promise;
    return news;
  }

  private constructor({ databaseUrl, log, onTried }: { databaseUrl: string; log: Logger; onTried: () => void }) {
    this.#databaseUrl = databaseUrl;
    this.#log = log;
    this.#connections = this.#connectAgain(onTried);
  }

  /** Tells `listener` from now on, until what is returned is disposed of. */
  listen(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Watches for whatever happens to the thing with this id. */
  watch(id: string): Watch {
    return new Watch(this, id);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connections;
  }

  async #connectAgain(onTried: () => void): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const client = new pg.Client({
        connectionString: this.#databaseUrl,
        application_name: 'pushforward-news',
        keepAlive: true,
        connectionTimeoutMillis: patienceMilliseconds,
        query_timeout: patienceMilliseconds,
      });
      try {
        await this.#hear(client, onTried);
      } catch (err) {
        if (!signal.aborted) this.#log.warn({ err }, 'the connection for news was lost');
      } finally {
        // A server that has gone without a word does not say that it ends, either.
        await Promise.race([client.end().catch(() => {}), sleep(patienceMilliseconds, undefined, { ref: false })]);
      }
      onTried();
      this.#missed();
      await sleep(retryMilliseconds, undefined, { signal }).catch(() => {});
    }
  }

  /** Listens until the news are closed; throws when the connection is lost. */
  async #hear(client: pg.Client, onHeard: () => void): Promise<void> {
    const lost = new AbortController();
    client.on('error', (error) => lost.abort(error));
    client.on('end', () => lost.abort(new Error('the connection ended')));
    client.on('notification', ({ payload = '' }) => this.#tell(payload));
    await client.connect();
    await client.query(`LISTEN ${channel}`);
    this.#missed();
    onHeard();
    const signal = AbortSignal.any([this.#closing.signal, lost.signal]);
    while (!signal.aborted) {
      await sleep(heartbeatMilliseconds, undefined, { signal, ref: false }).catch(() => {});
      lost.signal.throwIfAborted();
      if (!signal.aborted) await client.query('SELECT 1');
    }
  }

  #tell(payload: string): void {
    const [what, id] = payload.split(' ');
    for (const listener of [...this.#listeners]) listener.happened({ what, id });
  }

  #missed(): void {
    for (const listener of [...this.#listeners]) listener.missed();
  }
}

/** Whether something has happened to a thing. What happens between two questions is not lost. */
export class Watch implements Disposable {
  readonly #listening: Disposable;
  #hasChanged = false;
  #wake: () => void = () => {};

  constructor(news: Pick<News, 'listen'>, id: string) {
    const change = () => {
      this.#hasChanged = true;
      this.#wake();
    };
    this.#listening = news.listen({ happened: (happening) => happening.id === id && change(), missed: change });
  }

  /** Resolves once something may have happened since this was last called, at the latest after so long or when `signal` aborts. */
  async change(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!this.#hasChanged && !signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', this.#wake);
          resolve();
        };
        const timer = setTimeout(this.#wake, milliseconds);
        signal.addEventListener('abort', this.#wake);
      });
    this.#hasChanged = false;
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }
}
