import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { type Density, noiseColumns } from '../../src/flow/density.ts';
import { float64 } from '../../src/flow/graph/program.ts';
import { sampleProgram } from '../../src/flow/programs/sample.ts';
import { normalRows } from '../../src/flow/random/stream.ts';
import { assertClose } from '../support/close.ts';
import { densityOf } from '../support/densities.ts';
import { categoryColumn, numberColumn } from '../support/encodings.ts';
import { smallNetwork } from '../support/mixed.ts';

const rows = 512;

/** Rows drawn from the same noise, at a temperature or plainly. */
async function drawn(density: Density, temperature?: number): Promise<number[][]> {
  const executable = await onnxRuntime.load(sampleProgram(density, { tempered: temperature !== undefined }));
  const width = noiseColumns(density);
  const noise = { values: normalRows(7, 0, rows, width), shape: [rows, width] };
  const given = temperature !== undefined && { temperature: { values: Float32Array.of(temperature), shape: [1, 1] } };
  const values = float64((await executable.run({ noise, ...given })).rows);
  await executable.release();
  const columns = density.columns.length;
  return Array.from({ length: rows }, (_, row) => Array.from(values.subarray(row * columns, (row + 1) * columns)));
}

const swapped = { type: 'permutation', kind: 'reverse' };
const numbers = [numberColumn(), numberColumn({ location: 5, scale: 2 })];
const plain = (base: object) => densityOf([{ base, layers: [swapped] }], { columns: numbers });
const centre = [0, 5];

for (const type of ['normal', 'student-t'])
  test(`of a ${type} base, distances from the centre are multiplied by the temperature`, async () => {
    const density = plain({ type });
    const [given, at] = [await drawn(density), await drawn(density, 0.25)];
    const expected = given.map((row) => row.map((x, column) => centre[column] + 0.25 * (x - centre[column])));
    // Single precision.
    assertClose(at.flat(), expected.flat(), 1e-5, type);
  });

test('a learned location is the centre', async () => {
  const density = plain({ type: 'normal', learned: true });
  const [still, near, given] = [await drawn(density, 0), await drawn(density, 0.5), await drawn(density)];
  assert.ok(still.every((row) => row.every((x, column) => x === still[0][column])));
  // Single precision.
  assertClose(
    near.flat(),
    given.flatMap((row, index) => row.map((x, column) => (x + still[index][column]) / 2)),
    1e-5,
    'rows',
  );
});

test('a uniform base is drawn together about its middle, and never beyond its bounds', async () => {
  const density = densityOf([{ base: { type: 'uniform', lower: -1, upper: 3 }, layers: [swapped] }], {
    columns: [numberColumn(), numberColumn()],
  });
  const given = await drawn(density);
  // Single precision.
  assertClose(
    (await drawn(density, 0.5)).flat(),
    given.flat().map((x) => 1 + (x - 1) / 2),
    1e-5,
    'rows',
  );
  assertClose((await drawn(density, 5)).flat(), given.flat(), 1e-5, 'rows');
});

test('of a mixture the components stay, and rows are drawn to their means', async () => {
  const still = await drawn(plain({ type: 'mixture', components: 3 }), 0);
  assert.equal(new Set(still.map((row) => row.join())).size, 3);
});

const mixed = densityOf(
  [{ base: { type: 'student-t' }, layers: [{ type: 'coupling', transform: 'spline', bins: 4, ...smallNetwork }] }],
  {
    columns: [
      categoryColumn(3),
      numberColumn({ lower: 0, upper: 1, missing: true }),
      numberColumn({ kind: 'integer', lower: 0, scale: 0.7 }),
      numberColumn({ upper: -3 }),
    ],
  },
);

test('categories and what is missing are drawn as ever, and bounds hold at any temperature', async () => {
  const given = await drawn(mixed);
  for (const temperature of [0, 0.5, 3, 10]) {
    const at = await drawn(mixed, temperature);
    at.forEach(([category, share, count, debt], row) => {
      assert.equal(category, given[row][0]);
      assert.equal(Number.isNaN(share), Number.isNaN(given[row][1]));
      assert.ok(Number.isNaN(share) || (share > 0 && share < 1), `${share}`);
      assert.ok(count >= 0 && Number.isInteger(count), `${count}`);
      assert.ok(debt < -3, `${debt}`);
    });
  }
});

test('at temperature 1 rows are those without one', async () => {
  // Single precision.
  const present = (rows: number[][]) => rows.flat().filter((x) => !Number.isNaN(x));
  assertClose(present(await drawn(mixed, 1)), present(await drawn(mixed)), 1e-5, 'rows');
});
