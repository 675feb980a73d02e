import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittingItems } from '../../src/store/page.ts';
import { startTestStore } from '../support/postgres.ts';

test('so many items are on a page as fit, and one at least', () => {
  const sizes = (...all: number[]) => all.map((size) => ({ size }));
  assert.equal(fittingItems(sizes(10, 10, 10)), 3);
  assert.equal(fittingItems(sizes(200_000, 60_000, 10_000)), 2);
  assert.equal(fittingItems(sizes(900_000, 1)), 1);
  assert.equal(fittingItems([]), 1);
});

test('a list of wide tables comes in more pages than were asked for, and is whole', async () => {
  await using test = await startTestStore();
  const { datasets } = test.store;
  // Digits that cannot be compressed to nothing.
  const summary = (seed: number) => ({
    counts: Array.from({ length: 30_000 }, (_, index) => Math.sin(seed + index * 7.3)),
  });
  const ids: string[] = [];
  for (let dataset = 0; dataset < 4; dataset++) {
    const columns = [
      {
        name: 'x',
        kind: 'continuous' as const,
        reason: '',
        ignored: false,
        missingCount: 0,
        summary: summary(dataset),
      },
    ];
    const about = { name: `${dataset}`, rowCount: 0, byteCount: 0, columns, warnings: [] };
    ids.unshift((await datasets.create(about, (async function* () {})())).id);
  }
  const seen: string[] = [];
  let pages = 0;
  for (let cursor: string | null | undefined; cursor !== null; pages++) {
    const page = await datasets.list({ limit: 200, cursor });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  }
  assert.deepEqual(seen, ids);
  assert.equal(pages, 4);
});
