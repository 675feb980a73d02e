import { Aliases } from './aliases.ts';
import { type Api, createApi } from './api.ts';
import { Datasets } from './datasets.ts';
import { Jobs } from './jobs.ts';
import { Models } from './models.ts';
import { Sweeps } from './sweeps.ts';
import { type ConnectionOptions, Transport } from './transport.ts';

/**
 * A service, as a client sees it.
 *
 *     const pushforward = new Pushforward({ url: 'http://127.0.0.1:3000' });
 *     const dataset = await pushforward.datasets.upload(rows, { name: 'points' });
 *     const { id } = await pushforward.models.train({ datasetId: dataset.id });
 *     await pushforward.models.wait(id);
 *     const { rows: drawn } = await pushforward.models.sample(id, { n: 10, seed: 1 });
 *
 * Requests that may be sent again are, where the network fails or the service says "later". Errors are PushforwardError.
 */
export class Pushforward {
  readonly url: string;
  /** Every route, typed; answers as `{data, error, response}`. */
  readonly api: Api;
  readonly datasets: Datasets;
  readonly models: Models;
  readonly jobs: Jobs;
  readonly sweeps: Sweeps;
  readonly aliases: Aliases;

  /** Throws TypeError where the address is none. */
  constructor(options: ConnectionOptions) {
    const transport = new Transport(options);
    this.url = transport.url;
    this.api = createApi(transport);
    this.datasets = new Datasets(this.api, transport);
    this.models = new Models(this.api, transport);
    this.jobs = new Jobs(this.api);
    this.sweeps = new Sweeps(this.api);
    this.aliases = new Aliases(this.api);
  }
}
