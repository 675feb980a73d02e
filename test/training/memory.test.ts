import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingMemory } from '../../src/training/memory.ts';

const spline = { batchSize: 256, flows: 1, parameters: 150_000 };
const megabytes = (needs: Partial<Parameters<typeof trainingMemory>[0]> & { rows: number; columns: number }) =>
  trainingMemory({ width: needs.columns, ...spline, ...needs }) / 1e6;

/** What `node bench/memory/run.ts` measured that a worker needed besides what it had when idle, in MB. */
const measured = [
  { rows: 2000, columns: 4, needed: 212 },
  { rows: 100_000, columns: 4, needed: 428 },
  { rows: 1_000_000, columns: 5, needed: 835 },
  { rows: 1_000_000, columns: 16, needed: 1107 },
  { rows: 100_000, columns: 8, batchSize: 2048, needed: 550 },
  { rows: 100_000, columns: 8, batchSize: 8192, parameters: 40_000, needed: 605 },
  { rows: 100_000, columns: 8, flows: 6, needed: 862 },
];

test('the estimate is near what trainings of all sizes were measured to need', () => {
  for (const { needed, ...needs } of measured) {
    const estimate = megabytes(needs);
    assert.ok(
      estimate > 0.9 * needed && estimate < 1.35 * needed,
      `${estimate} MB for ${JSON.stringify(needs)}, ${needed}`,
    );
  }
});

test('it grows with everything that it depends on', () => {
  const [rows, columns] = [10_000, 4];
  const least = megabytes({ rows, columns });
  const more = [
    { rows: 20_000, columns },
    ...[{ columns: 8 }, { columns, width: 20 }, { columns, batchSize: 1024 }, { columns, flows: 2 }].map((needs) => ({
      rows,
      ...needs,
    })),
    { rows, columns, parameters: 300_000 },
  ];
  for (const needs of more) assert.ok(megabytes(needs) > least, JSON.stringify(needs));
});
