import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Cell } from '../../src/table/cells.ts';
import { call, type ServiceProcess, waitFor } from '../../test/support/service.ts';
import { csvOf } from './csv.ts';
import type { Rows } from './quality.ts';

export interface Column {
  readonly name: string;
  readonly kind: string;
  readonly reason: string;
  readonly ignored: boolean;
  readonly missingCount: number;
}

export interface Dataset {
  readonly id: string;
  readonly rowCount: number;
  readonly columns: readonly Column[];
  readonly warnings: readonly string[];
}

/** Log-probabilities are means in nats per row, in the data's own units. */
export interface Metrics {
  readonly testLogProb: number;
  readonly testStandardError: number;
  readonly independentTestLogProb: number;
  readonly gaussianTestLogProb: number | null;
}

export interface TrainedModel {
  readonly id: string;
  readonly columns: readonly string[];
  readonly metrics: Metrics;
  readonly warnings: readonly string[];
  readonly flow: { readonly ensemble?: readonly object[] };
  readonly progress: { readonly step: number };
}

export interface Body {
  readonly type: string;
  readonly content: string | Blob;
}

/** How long training may be waited for, in seconds, beyond its own budget. */
const patience = 600;
const busyMilliseconds = 2000;

/** A service in use, as by someone who gives it a table and nothing else. */
export class Client {
  readonly #service: ServiceProcess;
  /** The most seconds of training; as many as the recipe allows where it is left out. */
  readonly #budgetSeconds: number | undefined;

  constructor(service: ServiceProcess, budgetSeconds: number | undefined) {
    this.#service = service;
    this.#budgetSeconds = budgetSeconds;
  }

  async upload({ type, content }: Body): Promise<Dataset> {
    return this.#json('/v1/datasets', { method: 'POST', headers: { 'content-type': type }, body: content });
  }

  /** Of some columns, or of all. Throws an error when training fails. */
  async train(
    datasetId: string,
    columns?: readonly string[],
    budgetSeconds = this.#budgetSeconds,
  ): Promise<TrainedModel> {
    const body = JSON.stringify({
      datasetId,
      columns,
      ...(budgetSeconds !== undefined && { training: { budgetSeconds } }),
    });
    const headers = { 'content-type': 'application/json' };
    const { id } = await this.#json('/v1/models', { method: 'POST', headers, body });
    const model = await waitFor(this.#service.url, id, ['ready', 'failed'], (budgetSeconds ?? 600) + patience);
    if (model.status === 'failed') throw new Error(`Training failed: ${JSON.stringify(model.error)}`);
    return model;
  }

  async sample(modelId: string, count: number): Promise<Cell[][]> {
    return (await this.#json(`/v1/models/${modelId}/sample?n=${count}&seed=1`)).rows;
  }

  /** The log-densities of rows, null where that is zero, and what was wrong with some. */
  score(modelId: string, csv: string): Promise<{ logProb: readonly (number | null)[]; problems?: readonly object[] }> {
    const headers = { 'content-type': 'text/csv' };
    return this.#json(`/v1/models/${modelId}/log-prob`, { method: 'POST', headers, body: csv });
  }

  /** The first rows of some columns of a table, as CSV. */
  async firstRows({ id, columns }: Dataset, of: readonly string[], count: number): Promise<string> {
    const { rows } = await this.#json(`/v1/datasets/${id}/rows?limit=${count}`);
    return csvOf(of, selected(rows, columns, of));
  }

  /** At most so many rows of a table, in runs that lie evenly over it: real tables are in some order. */
  async rows({ id, rowCount, columns }: Dataset, of: readonly string[], most: number): Promise<Rows> {
    const runs = rowCount <= most ? 1 : 200;
    const length = Math.min(rowCount, most) / runs;
    const rows: Cell[][] = [];
    for (let run = 0; run < runs; run++) {
      const offset = Math.floor((run * rowCount) / runs);
      rows.push(...(await this.#json(`/v1/datasets/${id}/rows?offset=${offset}&limit=${length}`)).rows);
    }
    const kinds = new Map(columns.map(({ name, kind }) => [name, kind]));
    return {
      columns: of,
      isNumber: of.map((name) => kinds.get(name) === 'continuous' || kinds.get(name) === 'integer'),
      rows: selected(rows, columns, of),
    };
  }

  /** The most memory that the service has held, in MiB; its database is other processes. */
  async peakMebibytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#service.process.pid}/status`, 'utf8');
    return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
  }

  /** Asks again for as long as the service says that it is busy. */
  async #json(path: string, options: RequestInit = {}) {
    for (;;) {
      const { status, body } = await call(`${this.#service.url}${path}`, options);
      if (status < 300) return body;
      if (status !== 503) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
      await setTimeout(busyMilliseconds);
    }
  }
}

/** The cells of some columns. */
function selected(rows: readonly (readonly Cell[])[], columns: readonly Column[], of: readonly string[]): Cell[][] {
  const places = of.map((name) => columns.findIndex((column) => column.name === name));
  return rows.map((row) => places.map((place) => row[place]));
}
