/**
 * Schemathesis against the service: every operation of its OpenAPI document, with all checks and in all phases, on a database
 * with a dataset and a trained model. Ends with what Schemathesis ends with. What is made on the way is not trained: the service
 * runs without its worker.
 * Run: node bench/schemathesis.ts [--examples 750] [--seed 1] [-- further options of `st run`]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../test/support/postgres.ts';
import { startProcess } from '../test/support/service.ts';
import { keyEnvironment, plantSeeds } from './seeds.ts';

const { values: options, positionals } = parseArgs({
  options: {
    examples: { type: 'string', default: '750' },
    seed: { type: 'string', default: '1' },
  },
  allowPositionals: true,
});
const peers = join(import.meta.dirname, 'peers');
const python = process.env.SCHEMATHESIS_PYTHON ?? join(peers, '.venv', 'bin', 'python');
if (!existsSync(python)) {
  console.error('bench/peers/README.md says how to install Schemathesis');
  process.exit(1);
}

const limits = {
  MAX_ROWS: '10000',
  MAX_COLUMNS: '50',
  MAX_UPLOAD_BYTES: String(2 ** 20),
  MAX_SAMPLE_ROWS: '1000',
  MAX_EXPLAINED_CELLS: '200',
};

await using directory = await temporaryDirectory();
const environment = { DATA_DIR: directory.path, ...limits, ...keyEnvironment };

const { model, dataset, parquet, credentials } = await plantSeeds(environment);
const parquetFile = join(directory.path, 'rows.parquet');
await writeFile(parquetFile, parquet);
const seeds = { SEED_MODEL: model, SEED_DATASET: dataset, SEED_PARQUET: parquetFile };
await using service = await startProcess({ ...environment, ROLE: 'api' });
const run = [
  ...['--config-file', join(peers, 'schemathesis.toml'), 'run', `${service.url}/docs/json`],
  ...['--seed', options.seed, '--max-examples', options.examples, '--request-timeout', '30', '--no-color'],
  ...['--header', credentials.join(': ')],
  ...positionals,
];
const schemathesis = spawn(join(dirname(python), 'st'), run, {
  cwd: directory.path,
  env: { PATH: process.env.PATH, ...seeds, PYTHONPATH: peers },
  stdio: ['ignore', 'inherit', 'inherit'],
});
const [code] = await once(schemathesis, 'exit');
process.exitCode = code ?? 1;
