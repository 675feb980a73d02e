/**
 * Real tables, given to the service as they are: what their columns are taken for, how long everything takes, how likely test
 * rows are beside independent columns and a Gaussian, and how much samples are like the table.
 * Run: node bench/tables/run.ts [--tables penguins.json,cars.json] [--budget 60] [--marginals 10] [--known]
 * Neither uploads nor models are asked for with any option, but for `training.budgetSeconds` where there is a `--budget`.
 * `--marginals` trains, for so many seconds each, a flow of every column alone, by the same recipe and on the same split: the
 * sum of their log-likelihoods is that of independent columns of any shape. `--known` is of a table whose density is known.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { startProcess } from '../../test/support/service.ts';
import { runPeer } from '../peers.ts';
import { Client, type Dataset, type TrainedModel } from './client.ts';
import { csvOf } from './csv.ts';
import { compareWithTruth } from './known.ts';
import { columnPairTrends, columnShapes, meanScore, type Rows, type Similarity } from './quality.ts';
import { type BenchmarkTable, bodyOf, tables } from './tables.ts';

const { values: options } = parseArgs({
  options: {
    tables: { type: 'string' },
    budget: { type: 'string' },
    marginals: { type: 'string' },
    known: { type: 'boolean', default: false },
  },
});
const budgetSeconds = options.budget === undefined ? undefined : Number(options.budget);
/** Rows that are scored, drawn, and compared. */
const rowCounts = { scored: 1000, drawn: 1000, compared: 20_000 };
/** Of both means of similarities. */
const qualityBar = 0.9;
/** Nats by which the mean log-density may be off where the truth is known. */
const truthBar = 0.05;

const summaries: object[] = [];
const missed: string[] = [];
for (const table of tables.filter(({ file }) => options.tables?.split(',').includes(file) ?? true)) {
  const { shapes, trends } = await inService(table, (client) => benchmark(client, table));
  if (table.barred && !(Math.min(shapes, trends) >= qualityBar))
    missed.push(`${table.file}: column shapes ${shapes}, pair trends ${trends}`);
}
if (summaries.length > 0) console.table(summaries);
if (options.known || !options.tables) await inService({}, benchmarkKnown);
for (const miss of missed) console.log(`Missed: ${miss}`);
process.exitCode = missed.length === 0 ? 0 : 1;

/** In a service of its own, so that the peak of its memory is that of one table. */
async function inService<Result>(
  { maxCategories }: Pick<BenchmarkTable, 'maxCategories'>,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  await using data = await temporaryDirectory();
  const settings: Record<string, string> = maxCategories === undefined ? {} : { MAX_CATEGORIES: `${maxCategories}` };
  await using service = await startProcess({ DATA_DIR: data.path, ...settings });
  return await work(new Client(service, budgetSeconds));
}

async function benchmark(
  client: Client,
  { file, maxCategories }: BenchmarkTable,
): Promise<{ shapes: number; trends: number }> {
  const body = await bodyOf(file);
  const [dataset, upload] = await timed(() => client.upload(body));
  printColumns(file, dataset);
  const [model, training] = await timed(() => client.train(dataset.id));
  const [, sampling] = await timed(() => client.sample(model.id, rowCounts.drawn));
  const first = await client.firstRows(dataset, model.columns, rowCounts.scored);
  const [{ logProb, problems = [] }, scoring] = await timed(() => client.score(model.id, first));
  for (const warning of model.warnings) console.log(`  ${warning}`);
  const independent = options.marginals === undefined ? undefined : await marginals(client, dataset, model);
  const quality = await compareSamples(client, dataset, model);
  const { testLogProb, testStandardError, independentTestLogProb, gaussianTestLogProb } = model.metrics;
  summaries.push({
    table: maxCategories === undefined ? file : `${file}, MAX_CATEGORIES=${maxCategories}`,
    rows: dataset.rowCount,
    'upload s': upload.toFixed(1),
    'training s': training.toFixed(1),
    steps: model.progress.step,
    'sampling s': sampling.toFixed(2),
    'scoring s': scoring.toFixed(2),
    'no density': `${logProb.filter((value) => value === null).length} of ${logProb.length}, ${problems.length} problems`,
    'test nats': `${testLogProb.toFixed(3)} ± ${testStandardError.toFixed(3)}`,
    independent: independentTestLogProb.toFixed(3),
    marginals: independent?.toFixed(3),
    Gaussian: gaussianTestLogProb?.toFixed(3),
    shapes: quality.shapes.toFixed(3),
    trends: quality.trends.toFixed(3),
    'peak MiB': await client.peakMebibytes(),
  });
  return quality;
}

function printColumns(file: string, { rowCount, columns, warnings }: Dataset): void {
  console.log(`\n${file}, ${rowCount} rows`);
  console.table(
    columns.map(({ name, kind, reason, ignored, missingCount }) => ({ name, kind, reason, ignored, missingCount })),
  );
  for (const warning of warnings) console.log(`  ${warning}`);
}

/** The log-likelihood, in nats, of the same test rows under flows of one column each. */
async function marginals(client: Client, dataset: Dataset, { columns }: TrainedModel): Promise<number> {
  let total = 0;
  for (const column of columns)
    total += (await client.train(dataset.id, [column], Number(options.marginals))).metrics.testLogProb;
  return total;
}

/** Holds as many samples as the table has rows against them, and our figures against those of SDMetrics. */
async function compareSamples(client: Client, dataset: Dataset, { id, columns }: TrainedModel) {
  const real = await client.rows(dataset, columns, rowCounts.compared);
  const samples = { ...real, rows: await client.sample(id, Math.min(dataset.rowCount, rowCounts.compared)) };
  const [ofColumns, ofPairs] = [columnShapes(real, samples), columnPairTrends(real, samples)];
  printWorst([...ofColumns, ...ofPairs]);
  const [shapes, trends] = [meanScore(ofColumns), meanScore(ofPairs)];
  const theirs = await compareWithSdMetrics(real, samples);
  if (theirs)
    console.log(
      `  SDMetrics ${theirs.version} differs by ${Math.abs(theirs.shapes - shapes)} in shapes, ${Math.abs(theirs.trends - trends)} in trends; the trends of its report are ${theirs.report?.toFixed(3) ?? 'not defined'}`,
    );
  return { shapes, trends };
}

function printWorst(similarities: readonly Similarity[]): void {
  const worst = similarities.toSorted((a, b) => a.score - b.score).slice(0, 8);
  console.log('  Least alike:');
  console.table(
    worst.map(({ columns, metric, score }) => ({ columns: columns.join(', '), metric, score: score.toFixed(3) })),
  );
}

/** Undefined without Python. */
async function compareWithSdMetrics(real: Rows, samples: Rows) {
  await using directory = await temporaryDirectory();
  const [realFile, samplesFile] = ['real.csv', 'samples.csv'].map((name) => join(directory.path, name));
  await writeFile(realFile, csvOf(real.columns, real.rows));
  await writeFile(samplesFile, csvOf(samples.columns, samples.rows));
  const numerical = real.columns.filter((_, column) => real.isNumber[column]);
  const [answer] = runPeer('samples_sdmetrics.py', realFile, samplesFile, JSON.stringify(numerical)) ?? [];
  if (!answer) return undefined;
  const { version, shapes, trends, report } = answer;
  return {
    version: String(version),
    shapes: Number(shapes),
    trends: Number(trends),
    report: report === null ? undefined : Number(report),
  };
}

async function benchmarkKnown(client: Client): Promise<void> {
  const { dataset, truth, lost, standardError, warnings } = await compareWithTruth(client);
  printColumns('Mixed table of a known density', dataset);
  for (const warning of warnings) console.log(`  ${warning}`);
  const figures = `${lost.toFixed(4)} ± ${standardError.toFixed(4)} nats a row below the truth, ${truth.toFixed(4)}`;
  console.log(`  Fresh rows: ${figures}`);
  if (!(Math.abs(lost) <= truthBar)) missed.push(`known density: ${figures}`);
}

async function timed<Result>(work: () => Promise<Result>): Promise<[Result, number]> {
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}
