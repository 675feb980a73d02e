import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ColumnEncoding, continuousColumn } from '../../../src/flow/encoding/encoding.ts';
import { recoder } from '../../../src/http/shadow/recoded-rows.ts';

const x = continuousColumn('x', 0, 1);
const y = continuousColumn('y', 5, 2);
const sea = (...categories: string[]): ColumnEncoding => ({
  name: 'sea',
  kind: 'categorical',
  categories,
  missing: true,
});

test('columns come in the order, and categories in the codes, of the other model', () => {
  const recode = recoder(
    { columns: [x, sea('north', 'baltic', 'ocean')], context: [y] },
    { columns: [sea('ocean', 'north'), continuousColumn('x', 3, 4)], context: [y] },
  );
  const rows = [1.5, 0, 7, -2, 1, 8, 0, 2, 9, 1, Number.NaN, 9, 1, -1, 9];
  assert.deepEqual(Array.from(recode?.(Float64Array.from(rows)) ?? []), [
    ...[1, 1.5, 7],
    // What the other model does not know.
    ...[-1, -2, 8],
    ...[0, 0, 9],
    ...[Number.NaN, 1, 9],
    ...[-1, 1, 9],
  ]);
});

test('models of other columns, or columns of other kinds, cannot be compared', () => {
  const xy = { columns: [x, y], context: [] };
  for (const other of [
    { columns: [x], context: [] },
    { columns: [x], context: [y] },
    { columns: [x, sea('north')], context: [] },
    { columns: [x, { ...y, kind: 'integer' as const }], context: [] },
    { columns: [x, y], context: [sea('north')] },
  ])
    assert.deepEqual([recoder(xy, other), recoder(other, xy)], [undefined, undefined]);
  assert.ok(recoder(xy, { columns: [y, x], context: [] }));
});
