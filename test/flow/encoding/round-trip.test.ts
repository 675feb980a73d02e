import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ColumnEncoding, continuousColumn, type Encoding } from '../../../src/flow/encoding/encoding.ts';
import { Layout } from '../../../src/flow/encoding/layout.ts';
import { encodeProgram } from '../../../src/flow/programs/encode.ts';
import { assertClose } from '../../support/close.ts';
import { categoryColumn, decodeProgram, encoded, numberColumn, onRows } from '../../support/encodings.ts';

/** A column and values that it may hold, each within a few standard deviations of its location. */
interface Case {
  readonly column: ColumnEncoding;
  readonly codes: readonly number[];
}

const rows = 5;
const cells = <Code>(code: fc.Arbitrary<Code>) => fc.array(code, { minLength: rows, maxLength: rows });
const real = (min: number, max: number) => fc.double({ min, max, noNaN: true, noDefaultInfinity: true });
const orMissing = (code: fc.Arbitrary<number>, missing: boolean) =>
  missing ? fc.oneof(code, fc.constant(Number.NaN)) : code;

const bounds = fc.record({ lower: fc.option(real(-20, 0)), upper: fc.option(real(1, 20)) });
const numbers: fc.Arbitrary<Case> = fc
  .record({ bounds, location: real(-3, 3), scale: real(0.5, 4), missing: fc.boolean() })
  .chain(({ bounds: { lower, upper }, missing, ...rest }) => {
    const limits = { ...(lower !== null && { lower }), ...(upper !== null && { upper }) };
    const [least, most] = [lower === null ? -30 : lower + 1e-3, upper === null ? 30 : upper - 1e-3];
    return cells(orMissing(real(least, most), missing)).map((codes) => ({
      column: numberColumn({ ...rest, ...limits, missing }),
      codes,
    }));
  });
const integers: fc.Arbitrary<Case> = fc
  .record({
    lower: fc.option(fc.integer({ min: -9, max: 0 })),
    upper: fc.option(fc.integer({ min: 0, max: 9 })),
    missing: fc.boolean(),
    scale: real(0.5, 4),
  })
  .chain(({ lower, upper, missing, scale }) => {
    const limits = { ...(lower !== null && { lower }), ...(upper !== null && { upper }) };
    return cells(orMissing(fc.integer({ min: lower ?? -5000, max: upper ?? 5000 }), missing)).map((codes) => ({
      column: numberColumn({ kind: 'integer', scale, ...limits, missing }),
      codes,
    }));
  });
const categories: fc.Arbitrary<Case> = fc
  .record({ count: fc.integer({ min: 1, max: 6 }), missing: fc.boolean() })
  .chain(({ count, missing }) =>
    cells(orMissing(fc.integer({ min: 0, max: count - 1 }), missing)).map((codes) => ({
      column: categoryColumn(count, { missing }),
      codes,
    })),
  );
const tables = fc.array(fc.oneof(numbers, integers, categories), { minLength: 1, maxLength: 4 });

/** Rows encoded and decoded. */
async function thereAndBack(encoding: Encoding, codes: Float64Array): Promise<number[]> {
  const width = encoding.columns.length;
  const there = await onRows(encodeProgram(encoding), codes, width);
  assert.ok(there.beyond.every((flag) => flag === 0));
  const back = await onRows(
    decodeProgram(encoding),
    Float32Array.from(there.encoded),
    new Layout(encoding).contextStart,
  );
  return back.rows;
}

test('rows of every kind come back', async () => {
  await fc.assert(
    fc.asyncProperty(tables, async (table) => {
      const columns = table.map(({ column }) => column);
      const codes = Float64Array.from({ length: rows * table.length }, (_, index) =>
        Number(table[index % table.length].codes[Math.floor(index / table.length)]),
      );
      const back = await thereAndBack({ columns, context: [] }, codes);
      for (const [index, code] of codes.entries()) {
        const column = columns[index % columns.length];
        // What is encoded is in single precision: some 1e-6 of logarithms of up to 10, times up to 40 for what they are of.
        if (column.kind === 'continuous' && !Number.isNaN(code))
          assertClose([back[index]], [code], 4e-4, JSON.stringify(column));
        // Not Object.is: a zero may lose its sign.
        else
          assert.ok(back[index] === code || (Number.isNaN(code) && Number.isNaN(back[index])), JSON.stringify(column));
      }
    }),
    { numRuns: 60 },
  );
});

test('whatever a flow gives is decoded within the bounds, where there is density', async () => {
  const columns = [
    numberColumn({ lower: 0 }),
    numberColumn({ upper: -3 }),
    numberColumn({ lower: 5, upper: 5.5 }),
    numberColumn({ kind: 'integer', lower: 0, upper: 3 }),
    numberColumn({ kind: 'integer', upper: 3 }),
  ];
  const extremes = [-1e9, -1000, -40, 0, 40, 1000, 1e9];
  const given = Float32Array.from(extremes.flatMap((value) => columns.map(() => value)));
  const { rows: decoded } = await onRows(decodeProgram({ columns, context: [] }), given, columns.length);
  const { beyond, logDet } = await encoded({ columns, context: [] }, chunked(decoded, columns.length));
  assert.deepEqual(
    beyond,
    extremes.map(() => 0),
  );
  assert.ok(logDet.every(Number.isFinite));
});

test('plain columns are standardised as ever: the same nodes, and the same digits', async () => {
  const encoding = { columns: [continuousColumn('a', 1.7e12, 0.5), continuousColumn('b', -3, 2)], context: [] };
  const codes = Float64Array.of(1.7e12 + 1, -4, 1.7e12 - 0.125, 0);
  const { encoded: numbers, logDet } = await onRows(encodeProgram(encoding), codes, 2);
  assert.deepEqual(numbers, [2, -0.5, -0.25, 1.5]);
  assert.deepEqual(logDet, [0, 0]);
  assert.deepEqual(await thereAndBack(encoding, codes), Array.from(codes));
});

const chunked = (values: readonly number[], width: number) =>
  Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));

test('a number within the reach of an atom comes back as the atom, alone or beside other columns', async () => {
  const atoms = [
    { value: 0, reach: 0.25 },
    { value: 4, reach: 0.5 },
  ];
  const column = numberColumn({ location: 1, scale: 2, atoms });
  const decoded = async (columns: readonly ColumnEncoding[], values: readonly number[]) =>
    (await onRows(decodeProgram({ columns, context: [] }), Float32Array.from(values), columns.length)).rows;
  // On the scale of the column: -0.25, 0.25, 0.3125, 3.5, 4.75.
  const numbers = [-0.625, -0.375, -0.34375, 1.25, 1.875];
  assert.deepEqual(await decoded([column], numbers), [0, 0, 0.3125, 4, 4.75]);
  const beside = [column, numberColumn({ lower: -9 }), numberColumn()];
  const rows = numbers.flatMap((value) => [value, 0, value]);
  const back = await decoded(beside, rows);
  assert.deepEqual(
    back,
    [0, 0, 0.3125, 4, 4.75].flatMap((value, row) => [value, -8, numbers[row]]),
  );
});
