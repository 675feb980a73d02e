/**
 * How fast the service takes a table in each format, beside DuckDB's own reading of the same file, and its peak memory.
 * The service reads, checks, summarizes and stores; DuckDB only reads, into a table in memory.
 * Run: node bench/ingest/run.ts [--megabytes 300]
 */
import { openAsBlob } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { literal } from '../../src/table/duckdb.ts';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { call, startProcess } from '../../test/support/service.ts';

const { values: options } = parseArgs({
  options: { megabytes: { type: 'string', default: '300' } },
});

/** Eight columns of six decimals and two of whole numbers: about 87 bytes a row as CSV. */
const rowCount = Math.round((Number(options.megabytes) * 1e6) / 87);
const flightsFile = new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url);
/** A table of three million flights, its dates as seconds and its airports left out. */
const flights = `SELECT delay, distance, epoch(date) AS seconds FROM ${literal(fileURLToPath(flightsFile))}`;
const columns = [
  ...Array.from(
    { length: 8 },
    (_, column) => `round(1000 * random() * (hash(range) % ${column + 2}), 6) AS x${column}`,
  ),
  'range % 86400 AS second',
  'hash(range) % 1000 AS code',
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
const uploads: Upload[] = [
  { what: 'CSV', path: path('t.csv'), headers: { 'content-type': 'text/csv' }, source: 'read_csv' },
  {
    what: 'CSV, gzip',
    path: path('t.csv.gz'),
    headers: { 'content-type': 'text/csv', 'content-encoding': 'gzip' },
    source: 'read_csv',
  },
  { what: 'NDJSON', path: path('t.ndjson'), headers: { 'content-type': 'application/x-ndjson' }, source: 'read_json' },
  { what: 'Parquet', path: path('t.parquet'), headers: parquetHeaders, source: 'read_parquet' },
  { what: 'Parquet, 3 M flights', path: path('flights.parquet'), headers: parquetHeaders, source: 'read_parquet' },
];

async function writeTables(): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const parquet = literal(path('t.parquet'));
  await connection.run('SELECT setseed(0.5)');
  await connection.run(`COPY (SELECT ${columns} FROM range(${rowCount})) TO ${parquet}`);
  await connection.run(`COPY (${flights}) TO ${literal(path('flights.parquet'))}`);
  for (const name of ['t.csv', 't.csv.gz', 't.ndjson'])
    await connection.run(
      `COPY (SELECT * FROM ${parquet}) TO ${literal(path(name))}${name === 't.ndjson' ? ' (FORMAT json)' : ''}`,
    );
  connection.closeSync();
  instance.closeSync();
}

async function readByDuckDb({ path, source }: Upload, threads: number): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
  const connection = await instance.connect();
  const started = performance.now();
  await connection.run(`CREATE TABLE t AS SELECT * FROM ${source}(${literal(path)})`);
  const seconds = (performance.now() - started) / 1000;
  connection.closeSync();
  instance.closeSync();
  return seconds;
}

/** In a service of its own, so that the peak of its memory is that of this table. */
async function upload({ path, headers }: Upload) {
  await using data = await temporaryDirectory();
  await using service = await startProcess({ DATA_DIR: data.path });
  const idle = await peakMegabytes(service.process.pid);
  const started = performance.now();
  const { status, body } = await call(`${service.url}/v1/datasets`, {
    method: 'POST',
    headers,
    body: await openAsBlob(path),
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
  return { seconds, rows: body.rowCount, idle, peak: await peakMegabytes(service.process.pid) };
}

async function peakMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
}

await writeTables();
const results = [];
for (const item of uploads) {
  const megabytes = (await stat(item.path)).size / 1e6;
  const { seconds, rows, idle, peak } = await upload(item);
  const duckdb = { one: await readByDuckDb(item, 1), two: await readByDuckDb(item, 2) };
  results.push({
    what: item.what,
    rows,
    MB: Math.round(megabytes),
    seconds: seconds.toFixed(1),
    'MB/s': Math.round(megabytes / seconds),
    'DuckDB 1 thread, s': duckdb.one.toFixed(1),
    'DuckDB 2 threads, s': duckdb.two.toFixed(1),
    'idle MiB': idle,
    'peak MiB': peak,
  });
}
console.table(results);
