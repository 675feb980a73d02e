import { setTimeout as sleep } from 'node:timers/promises';

const clients = 8;
const rows = { rows: [[0.1, 0.2]] };

interface Target {
  readonly model: string;
  readonly headers: Record<string, string>;
}

/** Clients that ask one thing after another, half of them reading and half of them with a body, and what came of it. */
export class Load {
  readonly #ask: readonly (() => Promise<Response>)[];
  readonly #counts: Record<string, number> = {};
  #ends = false;

  constructor(url: string, { model, headers }: Target) {
    const scored = {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(rows),
    };
    this.#ask = [
      () => fetch(`${url}/v1/models/${model}`, { headers }),
      () => fetch(`${url}/v1/models/${model}/log-prob`, scored),
    ];
  }

  /** For so many seconds, or as long as this takes: the answers by method and status, and what broke by its code. */
  async during(time: number | (() => Promise<void>)): Promise<Readonly<Record<string, number>>> {
    const running = Array.from({ length: clients }, (_, client) => this.#run(client % 2));
    await (typeof time === 'number' ? sleep(1000 * time) : time());
    this.#ends = true;
    await Promise.all(running);
    return this.#counts;
  }

  async #run(kind: number): Promise<void> {
    while (!this.#ends) {
      const outcome = await this.#ask[kind]().then(
        async (answer) => {
          await answer.arrayBuffer();
          return answer.status;
        },
        (error) => error.cause?.code ?? error.message,
      );
      const name = `${['GET', 'POST'][kind]} ${outcome}`;
      this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    }
  }
}
