/**
 * How fast the service takes a table in each format, beside DuckDB's own reading of the same file, and its peak memory.
 * The service reads, checks, summarizes and stores; DuckDB only reads, into a table in memory: as it does by itself, and
 * within the bounds that the service sets it.
 * Run: node bench/ingest/run.ts [--megabytes 300] [--formats csv,gzip,ndjson,parquet,flights]
 */
import { openAsBlob } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { literal } from '../../src/table/duckdb.ts';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { call, startProcess } from '../../test/support/service.ts';

const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '300' },
    formats: { type: 'string', default: 'csv,gzip,ndjson,parquet,flights' },
  },
});

/** About so many bytes as CSV. */
const rowBytes = 88;
const rowCount = Math.round((Number(options.megabytes) * 1e6) / rowBytes);
const flights = new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url);
/** Numbers with fractions and whole ones, dates, categories, and some gaps. */
const columns = [
  'round(1000 * random(), 6) AS uniform',
  'round(100 * random() * random(), 6) AS skewed',
  'CASE WHEN random() > 0.05 THEN round(ln(random() + 1e-9), 6) END AS gaps',
  'random() AS precise',
  'range % 86400 AS second',
  'hash(range) % 1000 AS code',
  'CASE WHEN random() > 0.02 THEN (1e6 * random())::BIGINT END AS amount',
  "DATE '2001-01-01' + (hash(range + 1) % 9000)::INTEGER AS day",
  "['red', 'green', 'blue', 'violet', 'orange'][1 + (hash(range + 2) % 5)::INTEGER] AS colour",
  "CASE WHEN random() > 0.01 THEN 'shop ' || (hash(range + 3) % 80) END AS shop",
];

interface Upload {
  readonly what: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  /** How DuckDB reads it. */
  readonly source: string;
}

await using directory = await temporaryDirectory();
const path = (name: string) => join(directory.path, name);
const parquetHeaders = { 'content-type': 'application/vnd.apache.parquet' };
const uploads: Record<string, Upload> = {
  csv: { what: 'CSV', path: path('t.csv'), headers: { 'content-type': 'text/csv' }, source: 'read_csv' },
  gzip: {
    what: 'CSV, gzip',
    path: path('t.csv.gz'),
    headers: { 'content-type': 'text/csv', 'content-encoding': 'gzip' },
    source: 'read_csv',
  },
  ndjson: {
    what: 'NDJSON',
    path: path('t.ndjson'),
    headers: { 'content-type': 'application/x-ndjson' },
    source: 'read_json',
  },
  parquet: { what: 'Parquet', path: path('t.parquet'), headers: parquetHeaders, source: 'read_parquet' },
  flights: { what: '3 M flights', path: fileURLToPath(flights), headers: parquetHeaders, source: 'read_parquet' },
};

async function writeTables(): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const parquet = literal(path('t.parquet'));
  await connection.run('SELECT setseed(0.5)');
  await connection.run(`COPY (SELECT ${columns} FROM range(${rowCount})) TO ${parquet}`);
  for (const name of ['t.csv', 't.csv.gz', 't.ndjson'])
    await connection.run(
      `COPY (SELECT * FROM ${parquet}) TO ${literal(path(name))}${name === 't.ndjson' ? ' (FORMAT json)' : ''}`,
    );
  connection.closeSync();
  instance.closeSync();
}

const bounds = { threads: '1', memory_limit: '256MB', temp_directory: path('duckdb') };

async function readByDuckDb({ path, source }: Upload, settings: Record<string, string> = {}): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', settings);
  const connection = await instance.connect();
  const started = performance.now();
  await connection.run(`CREATE TABLE t AS SELECT * FROM ${source}(${literal(path)})`);
  const seconds = (performance.now() - started) / 1000;
  connection.closeSync();
  instance.closeSync();
  return seconds;
}

/** In a service of its own, so that the peak of its memory is that of this table. */
async function upload(item: Upload) {
  await using data = await temporaryDirectory();
  await using service = await startProcess({ DATA_DIR: data.path });
  const idle = await peakMegabytes(service.process.pid);
  for (;;) {
    const { seconds, status, body } = await post(service.url, item);
    if (status === 201) return { seconds, rows: body.rowCount, idle, peak: await peakMegabytes(service.process.pid) };
    if (status !== 503) throw new Error(`${item.path}: ${status} ${JSON.stringify(body)}`);
    // A service that has just started on a busy machine has enough to do.
    await sleep(1000);
  }
}

async function post(url: string, { path, headers }: Upload) {
  const body = await openAsBlob(path);
  const started = performance.now();
  const answer = await call(`${url}/v1/datasets`, { method: 'POST', headers, body });
  return { ...answer, seconds: (performance.now() - started) / 1000 };
}

async function peakMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
}

await writeTables();
const results = [];
for (const format of options.formats.split(',')) {
  const item = uploads[format];
  if (item === undefined) throw new RangeError(`--formats: expected some of ${Object.keys(uploads)}, got ${format}`);
  const megabytes = (await stat(item.path)).size / 1e6;
  const rate = (seconds: number) => Math.round(megabytes / seconds);
  // Half before and half after, as other work on the machine comes and goes.
  const first = { free: await readByDuckDb(item), bound: await readByDuckDb(item, bounds) };
  const { seconds, rows, idle, peak } = await upload(item);
  const free = (first.free + (await readByDuckDb(item))) / 2;
  const bound = (first.bound + (await readByDuckDb(item, bounds))) / 2;
  results.push({
    what: item.what,
    rows,
    MB: Math.round(megabytes),
    'MB/s': rate(seconds),
    'DuckDB, MB/s': rate(free),
    ratio: (free / seconds).toFixed(2),
    'DuckDB in bounds, MB/s': rate(bound),
    'ratio in bounds': (bound / seconds).toFixed(2),
    'idle MiB': idle,
    'MiB above idle': peak - idle,
  });
}
console.table(results);
