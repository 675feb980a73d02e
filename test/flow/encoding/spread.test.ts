import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntime } from '../../../src/engine/onnxruntime.ts';
import type { NumberEncoding } from '../../../src/flow/encoding/encoding.ts';
import { isBounded, spreadEvenly } from '../../../src/flow/encoding/spread.ts';
import { input } from '../../../src/flow/graph/tensor.ts';
import { assertClose } from '../../support/close.ts';
import { encoded, numberColumn } from '../../support/encodings.ts';
import { numbersOf, rowsOf } from '../../support/flow-programs.ts';

/** Rows of one number for each column, spread by `centred` times the steps. */
async function spread(columns: readonly NumberEncoding[], rows: number[][], centred: number[], steps: number[]) {
  const width = columns.length;
  const [x, by] = [input('x', 'float32', ['rows', width]), input('by', 'float32', ['rows', width])];
  const extents = steps.map((step, place) => step / columns[place].scale);
  const program = { inputs: { x, by }, outputs: { moved: spreadEvenly(x, by, { numbers: columns, extents }) } };
  const executable = await onnxRuntime.load(program);
  const { moved } = await executable.run({
    x: rowsOf(Float32Array.from((await encoded({ columns, context: [] }, rows)).encoded), width),
    by: rowsOf(Float32Array.from(rows.flatMap(() => centred)), width),
  });
  await executable.release();
  return numbersOf(moved);
}

const scaled = { location: 0.5, scale: 2 };
const continuous = { ...scaled, kind: 'continuous' } as const;
const columns = [
  numberColumn(scaled),
  numberColumn({ ...scaled, kind: 'integer', lower: 0 }),
  numberColumn({ ...scaled, kind: 'integer', upper: 9 }),
  numberColumn({ ...scaled, kind: 'integer', lower: 0, upper: 9 }),
  numberColumn({ ...scaled, lower: 0 }),
];

test('every number is moved in its own units, with bounds or without', async () => {
  const rows = [
    [0.25, 0, 9, 0, 3],
    [-3, 1, -40, 9, 0.1],
    [7, 2000, 0, 5, 40],
  ];
  // The last column has none.
  const steps = [0.5, 1, 1, 1, 0];
  for (const centred of [-0.49, 0, 0.3, 0.499]) {
    const moved = await spread(columns, rows, new Array(5).fill(centred), steps);
    // Where the moved value itself stands, as a continuous number within the bounds of all that is near.
    const within = columns.map((column, index) =>
      numberColumn({
        ...continuous,
        ...(column.lower !== undefined && { lower: column.lower - (index < 4 ? 0.5 : 0) }),
        ...(column.upper !== undefined && { upper: column.upper + 0.5 }),
      }),
    );
    const expected = await encoded(
      { columns: within, context: [] },
      rows.map((row) => row.map((value, column) => value + centred * steps[column])),
    );
    // Single precision; a logarithm of what is left of 1/2 has lost two digits.
    assertClose(moved, expected.encoded, 2e-4, `${centred}`);
  }
});

test('nothing is spread beyond a bound, though a table says that a value is on it', async () => {
  const moved = await spread([columns[1], columns[3]], [[0, 9]], [-0.5, 0.5], [1, 1]);
  assert.ok(moved.every(Number.isFinite), `${moved}`);
  assert.ok(moved[0] < -3 && moved[1] > 3, `${moved}`);
});

test('only columns with bounds that are to be spread are spread within them', () => {
  const numbers = [undefined, columns[0], columns[4]];
  assert.ok(!isBounded({ numbers, extents: [0, 1, 0] }));
  assert.ok(isBounded({ numbers, extents: [0, 0, 1] }));
  assert.ok(!isBounded({ extents: [1, 1, 1] }));
});
