import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Body } from './client.ts';

export interface BenchmarkTable {
  /** Of the npm package vega-datasets. */
  readonly file: string;
  /** Whether samples have to be as good as the bar. */
  readonly barred?: true;
  /** A setting of the service under which more of its columns are modelled. */
  readonly maxCategories?: number;
}

export const tables: readonly BenchmarkTable[] = [
  { file: 'penguins.json', barred: true },
  { file: 'cars.json', barred: true },
  { file: 'movies.json' },
  { file: 'seattle-weather.csv' },
  { file: 'flights-200k.json', barred: true },
  { file: 'flights-3m.parquet' },
  // Its 229 and 228 airports are categories then.
  { file: 'flights-3m.parquet', maxCategories: 300 },
];

const types: Record<string, string> = { '.csv': 'text/csv', '.parquet': 'application/vnd.apache.parquet' };

/** A file as the service takes it. Those in JSON are lists of records, which the service wants named. */
export async function bodyOf(file: string): Promise<Body> {
  const path = fileURLToPath(new URL(`../../node_modules/vega-datasets/data/${file}`, import.meta.url));
  const type = types[extname(file)];
  if (type) return { type, content: await openAsBlob(path) };
  return { type: 'application/json', content: `{"records":${await readFile(path, 'utf8')}}` };
}
