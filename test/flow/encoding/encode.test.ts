import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import { reference } from '../../../src/engine/reference.ts';
import { tensorflow } from '../../../src/engine/tensorflow.ts';
import type { Encoding, NumberEncoding } from '../../../src/flow/encoding/encoding.ts';
import { Layout } from '../../../src/flow/encoding/layout.ts';
import { assertClose } from '../../support/close.ts';
import { categoryColumn, encoded, numberColumn } from '../../support/encodings.ts';

const ofColumn = (column: NumberEncoding): Encoding => ({ columns: [column], context: [] });
const engines = { onnxRuntime, reference, tensorflow };

const logit = (x: number) => Math.log(x / (1 - x));
const values: readonly [what: string, column: Partial<NumberEncoding>, code: number, y: number][] = [
  ['a plain number', {}, 3.5, 3.5],
  ['above a bound', { lower: 2 }, 2.5, Math.log(0.5)],
  ['far above a bound', { lower: 2 }, 1e300, 300 * Math.log(10)],
  ['just above a bound', { lower: 2 }, 2 + 2 ** -51, -51 * Math.LN2],
  ['just above zero', { lower: 0 }, 5e-300, Math.log(5e-300)],
  ['below a bound', { upper: 2 }, -1, Math.log(3)],
  ['just below a bound', { upper: 2 }, 2 - 2 ** -52, -52 * Math.LN2],
  ['between two bounds', { lower: -1, upper: 3 }, 0, logit(0.25)],
  ['just below the upper of two bounds', { lower: 0, upper: 1 }, 1 - 2 ** -53, 53 * Math.LN2],
  ['an integer', { kind: 'integer' }, -7, -7],
  ['the least of some integers', { kind: 'integer', lower: 0 }, 0, Math.log(0.5)],
  ['the largest of some integers', { kind: 'integer', upper: 9 }, 9, Math.log(0.5)],
  ['the largest of a few integers', { kind: 'integer', lower: 0, upper: 9 }, 9, logit(9.5 / 10)],
  ['a missing cell that is filled', { lower: 0, fill: 2 }, Number.NaN, Math.log(2)],
];

for (const [name, engine] of Object.entries(engines))
  describe(`${name} encodes`, () => {
    for (const [what, column, code, y] of values)
      test(what, async () => {
        const [location, scale] = [-0.5, 4];
        const result = await encoded(ofColumn(numberColumn({ ...column, location, scale })), [[code]], engine);
        // The result is in single precision.
        assertClose(result.encoded, [(y - location) / scale], 1e-6);
        assert.deepEqual(result.beyond, [0]);
      });
  });

const zero: readonly [what: string, column: Partial<NumberEncoding>, code: number][] = [
  ['a lower bound', { lower: 2 }, 2],
  ['below it', { lower: 2 }, 1.9],
  ['far below it', { lower: 2 }, -1e300],
  ['an upper bound', { upper: 2 }, 2],
  ['above the upper of two', { lower: 0, upper: 1 }, 1.5],
  ['below the lower of two', { lower: 0, upper: 1 }, -0.5],
  ['between integers', { kind: 'integer' }, 2.5],
  ['below the least integer', { kind: 'integer', lower: 0 }, -1],
  ['above the largest integer', { kind: 'integer', lower: 0, upper: 4 }, 5],
  ['too far away', {}, 1e13],
  ['too far away, with a bound', { lower: 0, scale: 1e-10 }, 1e300],
  ['a missing cell', { lower: 0 }, Number.NaN],
  ['a missing integer', { kind: 'integer' }, Number.NaN],
];

for (const [what, column, code] of zero)
  test(`there is no density on ${what}, and what is encoded is finite`, async () => {
    const { beyond, encoded: numbers, logDet } = await encoded(ofColumn(numberColumn(column)), [[code]]);
    assert.deepEqual(beyond, [1]);
    assert.ok([...numbers, ...logDet].every(Number.isFinite), `${numbers}, ${logDet}`);
  });

test('there is no density where a code is no category', async () => {
  const encoding = { columns: [categoryColumn(3), categoryColumn(2, { missing: true })], context: [] };
  const rows = [
    [0, 0],
    [2, 1],
    [1, Number.NaN],
    [3, 0],
    [-1, 0],
    [0.5, 0],
    [Number.NaN, 0],
    // The code that a missing cell gets is none that a cell may have.
    [0, 2],
  ];
  const result = await encoded(encoding, rows);
  assert.deepEqual(result.beyond, [0, 0, 0, 1, 1, 1, 1, 1]);
  assert.deepEqual(result.encoded.slice(0, 6), [0, 0, 2, 1, 1, 2]);
  assert.ok(result.encoded.every(Number.isFinite));
});

test('the log-determinant is that of central differences, of observed cells of the columns alone', async () => {
  const columns = [
    numberColumn({ scale: 3 }),
    numberColumn({ lower: 1, scale: 0.5, location: 2 }),
    numberColumn({ upper: 1 }),
    numberColumn({ lower: -1, upper: 4, scale: 2, missing: true }),
    categoryColumn(2),
  ];
  const context = [numberColumn({ lower: 0, scale: 7 })];
  const row = [0.3, 1.7, -2, 0.25, 1, 5];
  const exact = async (at: readonly number[]) => (await encoded({ columns, context }, [at], reference)).encoded;
  const step = 1e-6;
  const slopes = await Promise.all(
    [0, 1, 2, 3].map(async (column) => {
      const [up, down] = await Promise.all([step, -step].map((by) => exact(row.with(column, row[column] + by))));
      return Math.log(Math.abs((up[column] - down[column]) / (2 * step)));
    }),
  );
  const total = (terms: readonly number[]) => terms.reduce((sum, term) => sum + term, 0);
  const { logDet } = await encoded({ columns, context }, [row, row.with(3, Number.NaN)]);
  // The error of central differences is of the order of step^2 and of rounding / step.
  assertClose(logDet, [total(slopes), total(slopes.slice(0, 3))], 1e-8);
});

test('everything has its place in an encoded row', async () => {
  const columns = [
    categoryColumn(3),
    numberColumn({ missing: true }),
    numberColumn(),
    categoryColumn(2, { missing: true }),
    numberColumn({ missing: true }),
  ];
  const context = [
    categoryColumn(2, { missing: true }),
    numberColumn({ missing: true }),
    categoryColumn(3, { fill: 2 }),
  ];
  const layout = new Layout({ columns, context });
  assert.deepEqual(layout.sizes, { columns: [3, 2, 2], context: [1, 1, 6] });
  assert.deepEqual([layout.contextStart, layout.width], [7, 15]);
  assert.deepEqual(layout.shape, { columns: 3, context: 8, categories: [2, 2, 3, 3], gaps: [0, 2] });
  assert.deepEqual(
    layout.numbers,
    layout.numbers.map((_, place) => ({ 0: columns[1], 1: columns[2], 2: columns[4], 7: context[1] })[place]),
  );
  const none = Number.NaN;
  const { encoded: numbers } = await encoded({ columns, context }, [
    [1, 0.5, 0.25, none, none, 1, none, none],
    [2, none, 0.75, 0, -0.5, none, 1.5, 0],
  ]);
  assert.deepEqual(numbers, [
    ...[0.5, 0.25, 0, 1, 0, 1, 2, 0, 0, 0, 1, 0, 0, 0, 1],
    ...[0, 0.75, -0.5, 0, 1, 2, 0, 1.5, 1, 0, 0, 1, 1, 0, 0],
  ]);
});
