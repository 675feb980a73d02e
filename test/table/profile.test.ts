import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalRows } from '../../src/flow/random/stream.ts';
import { numberSummary, readBody, spoolDirectory } from '../support/tables.ts';

const rowCount = 3_000;

/** Columns that depend on each other, with gaps. */
function cells(): (number | null)[][] {
  const noise = normalRows(1, 0, rowCount, 4);
  return Array.from({ length: rowCount }, (_, row) => {
    const [a, b, c] = noise.subarray(4 * row, 4 * row + 3);
    return [a, row % 7 === 0 ? null : 1e6 + 2 * a + b, row % 5 === 0 ? null : Math.round(10 * (b - c)), 4];
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function correlation(x: readonly (number | null)[], y: readonly (number | null)[]): number | null {
  const pairs = x.flatMap((value, row) => {
    const other = y[row];
    return value === null || other === null ? [] : [[value, other] as const];
  });
  const [meanX, meanY] = [mean(pairs.map(([value]) => value)), mean(pairs.map(([, value]) => value))];
  const sum = (of: (x: number, y: number) => number) =>
    pairs.reduce((total, [x, y]) => total + of(x - meanX, y - meanY), 0);
  const r = sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
  return Number.isNaN(r) ? null : r;
}

const near = (got: unknown, expected: number | null, tolerance: number, what: string) =>
  assert.ok(
    expected === null
      ? got === null
      : typeof got === 'number' && Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${got} is not ${expected}`,
  );

test('summaries and correlations are those of the cells', async () => {
  const rows = cells();
  const body = `a,b,c,d,day\n${rows.map((row) => `${row.map((cell) => cell ?? '')},2024-01-01\n`).join('')}`;
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, body);
  const { columns, correlations } = table;
  const all = [0, 1, 2, 3].map((column) => rows.map((row) => row[column]));
  assert.deepEqual(correlations.columns, ['a', 'b', 'c', 'd']);
  all.forEach((x, i) => {
    all.forEach((y, j) => {
      near(correlations.values[i][j], correlation(x, y), 1e-9, `correlation of ${i} and ${j}`);
    });
    const values = x.filter((value) => value !== null).sort((a, b) => a - b);
    const summary = numberSummary(columns[i]);
    assert.equal(columns[i].missingCount, rowCount - values.length);
    assert.deepEqual([summary.min, summary.max], [values[0], values.at(-1)]);
    assert.equal(summary.distinctCount, new Set(values).size);
    const center = mean(values);
    near(summary.mean, center, 1e-9, 'mean');
    const variance = values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1);
    near(summary.standardDeviation, Math.sqrt(variance), 1e-6, 'standard deviation');
    for (const [probability, quantile] of Object.entries(summary.quantiles)) {
      const place = Number(probability) * (values.length - 1);
      const [low, high] = [values[Math.floor(place)], values[Math.ceil(place)]];
      near(quantile, low + (high - low) * (place % 1), 1e-9, `quantile ${probability}`);
    }
    const { edges, counts } = summary.histogram;
    counts.forEach((count, bin) => {
      const isLast = bin === counts.length - 1;
      const inside = values.filter((value) => value >= edges[bin] && (value < edges[bin + 1] || isLast));
      // A value on an edge may be rounded into the bin beside it.
      assert.ok(Math.abs(count - inside.length) <= 1, `bin ${bin}: ${count} is not ${inside.length}`);
    });
  });
});

test('correlations are of numeric columns that are used, at most a hundred, and defined where they can be', async () => {
  await using spool = await spoolDirectory();
  const width = 103;
  const row = (index: number) => Array.from({ length: width }, (_, column) => (column % 2 ? index : -(index ** 2)));
  const body = `text,${row(0).map((_, column) => `c${column}`)}\n${[0, 1, 2].map((index) => `x,${row(index)}\n`).join('')}`;
  const columns = [
    { name: 'c0', ignore: true },
    { name: 'c1', kind: 'categorical' },
  ] as const;
  await using table = await readBody(spool.path, body, 'csv', {}, { columns });
  const { columns: names, values } = table.correlations;
  assert.deepEqual(
    names,
    Array.from({ length: 100 }, (_, column) => `c${column + 2}`),
  );
  assert.ok(values.length === 100 && values.every((line) => line.length === 100));
  near(values[0][1], -3 / Math.sqrt(10), 0.02, 'correlation of -i^2 and i');
  near(values[0][2], 1, 1e-12, 'correlation of equal columns');
  assert.equal(values[99][0], values[0][99]);
});

test('correlations of huge and tiny numbers neither overflow nor vanish', async () => {
  await using spool = await spoolDirectory();
  await using table = await readBody(spool.path, 'a,b,gone\n-1.7e308,1e-310,\n1.7e308,2e-310,\n0,1.5e-310,1\n');
  const { values } = table.correlations;
  near(values[0][1], 1, 1e-9, 'correlation');
  assert.deepEqual(values[2], [null, null, null]);
});

test('correlations of a large table are of a part of its rows', async () => {
  await using spool = await spoolDirectory();
  const [width, rowCount] = [20, 120_000];
  const row = (index: number) => Array.from({ length: width }, (_, column) => (index * (column + 1)) % 97);
  const lines = Array.from({ length: 97 }, (_, index) => `${row(index)}\n`);
  const names = row(0).map((_, column) => `c${column}`);
  const body = `${names}\n${Array.from({ length: rowCount }, (_, index) => lines[index % 97]).join('')}`;
  await using table = await readBody(spool.path, body, 'csv', { maxUploadBytes: 2 ** 26 });
  const { values } = table.correlations;
  const columns = [0, 1, 15].map((column) => Array.from({ length: 97 }, (_, index) => row(index)[column]));
  // Every second row of a table that repeats 97 has all of them equally often.
  near(values[0][1], correlation(columns[0], columns[1]), 1e-2, 'correlation of 0 and 1');
  near(values[15][1], correlation(columns[2], columns[1]), 1e-2, 'correlation of 15 and 1');
});

test('of a large table all is exact but the quantiles of columns with many cells, and distinct counts', async () => {
  await using spool = await spoolDirectory();
  const rowCount = 300_000;
  const value = (row: number) => (row * 7919) % rowCount;
  const lines = Array.from({ length: rowCount }, (_, row) => `${value(row)},${row % 1000 ? '' : value(row)}\n`);
  await using table = await readBody(spool.path, `many,few\n${lines.join('')}`, 'csv', { maxUploadBytes: 2 ** 23 });
  const [many, few] = table.columns.map(numberSummary);
  assert.deepEqual([many.min, many.max, many.mean], [0, rowCount - 1, (rowCount - 1) / 2]);
  near(many.standardDeviation, Math.sqrt((rowCount * (rowCount + 1)) / 12), 1e-9, 'standard deviation');
  assert.deepEqual(many.histogram.counts, new Array(20).fill(rowCount / 20));
  near(many.distinctCount / rowCount, 1, 0.1, 'distinct count');
  // Five standard errors of a quantile of two hundred thousand values.
  for (const [probability, quantile] of Object.entries(many.quantiles))
    near(quantile / rowCount, Number(probability), 5 * (0.5 / Math.sqrt(200_000)), `quantile ${probability}`);
  const kept = Array.from({ length: rowCount / 1000 }, (_, index) => value(1000 * index)).sort((a, b) => a - b);
  assert.equal(table.columns[1].missingCount, rowCount - kept.length);
  near(few.quantiles[0.5], (kept[149] + kept[150]) / 2, 1e-12, 'median');
});
