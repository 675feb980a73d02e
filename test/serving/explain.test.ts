import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { continuousEncoding } from '../../src/flow/encoding/encoding.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { type Explanations, explain } from '../../src/serving/explain.ts';
import { assertClose } from '../support/close.ts';
import { densityOf } from '../support/densities.ts';
import { categoryColumn, numberColumn } from '../support/encodings.ts';
import { smallNetwork } from '../support/mixed.ts';
import { type ServedDensity, serveDensity } from '../support/served-density.ts';

interface Known {
  readonly columns: number;
  readonly context?: number;
  /** Whether all columns of a row that is drawn are the same. */
  readonly alike?: boolean;
  logProb(row: Float64Array): number;
}

/** A model of a density that is known, which draws standard normal rows, moved by the first context column if there is one. */
function modelOf({ columns, context = 0, alike = false, logProb }: Known) {
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const width = columns + context;
  const unit = { location: new Float64Array(width), scale: new Float64Array(width).fill(1) };
  const encoding = continuousEncoding(names('x', columns), names('c', context), unit);
  const score = (rows: Float64Array) =>
    Float64Array.from({ length: rows.length / width }, (_, row) =>
      logProb(rows.subarray(row * width, (row + 1) * width)),
    );
  const serving = {
    logProb: async (_id: string, rows: Float64Array) => score(rows),
    async sample(
      _id: string,
      { n, seed, context: [shift = 0] = [] }: { n: number; seed: number; context?: readonly number[] },
    ) {
      const random = new RandomStream(seed, 'noise');
      const own = Float64Array.from({ length: n * columns }, () => shift + random.normal());
      return alike ? own.map((_, index) => own[index - (index % columns)]) : own;
    },
  };
  return {
    score,
    async explain(...rows: readonly (readonly number[])[]) {
      const values = Float64Array.from(rows.flat());
      const task = { rows: values, logProb: score(values) };
      return { ...task, ...(await explain(serving, { id: 'known', encoding }, task)) };
    },
  };
}

function assertAdditive({ reference, contributions }: Explanations, logProb: Float64Array): void {
  const columns = contributions.length / logProb.length;
  for (const [row, value] of logProb.entries()) {
    const own = contributions.subarray(row * columns, (row + 1) * columns);
    assertClose([own.reduce((total, nats) => total + nats, 0)], [reference[row] - value], 1e-6, `row ${row}`);
  }
}

const normal = (row: Float64Array) => row.reduce((total, x) => total - (x * x) / 2, 0);

/** Two standard normal columns of correlation rho, and others by themselves. */
const correlated = (rho: number) => (row: Float64Array) => {
  const [x, y] = row;
  return -(x * x - 2 * rho * x * y + y * y) / (2 * (1 - rho * rho)) + normal(row.subarray(2));
};

describe('contributions', () => {
  test('of independent columns are what each is less likely than the background, whatever the others', async () => {
    const { reference, contributions, logProb } = await modelOf({ columns: 4, logProb: normal }).explain(
      [0, 1, 2, 3],
      [8, 1, 0, 3],
    );
    assertAdditive({ reference, contributions }, logProb);
    const [a, b] = [contributions.subarray(0, 4), contributions.subarray(4)];
    assertClose([b[0] - a[0], b[1] - a[1], b[2] - a[2], b[3] - a[3]], [32, 0, -2, 0], 1e-9);
  });

  test('of a column that the density does not depend on are none', async () => {
    const blind = (row: Float64Array) => normal(row.subarray(1));
    const { contributions } = await modelOf({ columns: 3, logProb: blind }).explain([50, 1, 2]);
    assert.equal(contributions[0], 0);
  });

  test('of columns that are alike, in the density, the row and what is drawn, are the same', async () => {
    const model = modelOf({ columns: 2, logProb: correlated(0.9), alike: true });
    const [x, y] = (await model.explain([2.5, 2.5])).contributions;
    assert.ok(x > 1, `${x}`);
    assertClose([x], [y], 1e-12);
  });

  test('of a broken correlation are shared by the two columns', async () => {
    const { contributions, reference, logProb } = await modelOf({ columns: 5, logProb: correlated(0.95) }).explain([
      2, -2, 0, 0, 0,
    ]);
    assertAdditive({ reference, contributions }, logProb);
    const [x, y, ...others] = contributions;
    const share = x / (x + y);
    assert.ok(share > 0.3 && share < 0.7, `${contributions}`);
    assert.ok(
      others.every((nats) => Math.abs(nats) < 0.02 * (x + y)),
      `${contributions}`,
    );
  });

  test('single out a column that is eight deviations off', async () => {
    const random = new RandomStream(1, 'noise');
    const columns = 12;
    const rows = Array.from({ length: columns }, (_, planted) =>
      Array.from({ length: columns }, (_, column) => random.normal() + (column === planted ? 8 : 0)),
    );
    const { contributions } = await modelOf({ columns, logProb: correlated(0.5) }).explain(...rows);
    for (let row = 0; row < columns; row++) {
      const own = contributions.subarray(row * columns, (row + 1) * columns);
      assert.equal(own.indexOf(Math.max(...own)), row, `${own}`);
    }
  });

  test('of a single column are the whole of what the row is less likely', async () => {
    const { contributions, reference } = await modelOf({ columns: 1, logProb: normal }).explain([3]);
    assertClose(contributions, [reference[0] + 4.5], 1e-12);
  });

  test('are there for rows with a density alone', async () => {
    const bounded = (row: Float64Array) => (row[0] > 5 ? Number.NEGATIVE_INFINITY : normal(row));
    const model = modelOf({ columns: 2, logProb: bounded });
    const { reference, contributions, logProb } = await model.explain([6, 0], [4, 1]);
    assert.deepEqual([reference[0], ...contributions.subarray(0, 2)], [Number.NaN, Number.NaN, Number.NaN]);
    assertAdditive({ reference: reference.subarray(1), contributions: contributions.subarray(2) }, logProb.subarray(1));
  });

  test('sum up where mixtures of the row and the background have no density', async () => {
    // The two columns lie on the same side of 10, or nowhere.
    const sides = (row: Float64Array) => (row[0] > 10 !== row[1] > 10 ? Number.NEGATIVE_INFINITY : normal(row));
    const { reference, contributions, logProb } = await modelOf({ columns: 3, logProb: sides }).explain([20, 20, 0]);
    assert.ok(contributions.every(Number.isFinite), `${contributions}`);
    assertAdditive({ reference, contributions }, logProb);
  });

  test('are compared with what is drawn given the context of each row', async () => {
    const given = ([x, y, c]: Float64Array) => -((x - c) ** 2 + (y - c) ** 2) / 2;
    const model = modelOf({ columns: 2, context: 1, logProb: given });
    const { reference, contributions } = await model.explain([0, 0, 0], [100, 100, 100], [0, 3, 0]);
    assertClose([reference[1], reference[2]], [reference[0], reference[0]], 1e-9);
    assertClose(contributions.subarray(2, 4), contributions.subarray(0, 2), 1e-9);
    assertClose([contributions[5] - contributions[1]], [4.5], 1e-9);
  });

  test('do not depend on the other rows', async () => {
    const model = modelOf({ columns: 3, logProb: correlated(0.3) });
    const alone = await model.explain([1, 2, 3]);
    const rows = Array.from({ length: 1000 }, (_, row) => (row === 700 ? [1, 2, 3] : [row / 500, -1, 0.5]));
    const together = await model.explain(...rows);
    assert.deepEqual(together.contributions.subarray(2100, 2103), alone.contributions);
  });

  test('break off when nobody waits for them', async () => {
    const gone = AbortSignal.abort(new Error('gone'));
    const known = { logProb: async () => new Float64Array(), sample: async () => new Float64Array() };
    const model = { id: 'known', encoding: continuousEncoding(['x'], [], { location: [0], scale: [1] }) };
    const task = { rows: Float64Array.of(1), logProb: Float64Array.of(-1) };
    await assert.rejects(explain(known, model, task, gone), /^Error: gone$/);
  });
});

describe('a flow over columns of every kind', () => {
  const density = densityOf([{ layers: [{ type: 'autoregressive', transform: 'spline', bins: 4, ...smallNetwork }] }], {
    columns: [
      categoryColumn(3),
      numberColumn({ kind: 'integer', lower: 0, scale: 0.7 }),
      numberColumn({ lower: 0, upper: 1, missing: true }),
      categoryColumn(2, { missing: true }),
      numberColumn({ location: 1e6, scale: 50, missing: true }),
    ],
    context: [categoryColumn(2), numberColumn({ missing: true })],
  });
  const none = Number.NaN;
  const rows = [
    [0, 0, 0.25, 1, 1e6, 0, 0.5],
    [2, 17, none, none, 999_950, 1, none],
    [1, 3, 0.999, 0, none, 1, -2],
    [3, 3, 0.5, 0, 1e6, 1, 0],
  ];
  let served: ServedDensity;
  before(async () => {
    served = await serveDensity(density);
  });
  after(() => served[Symbol.asyncDispose]());

  test('has contributions that sum up, and the same whenever they are asked for', async () => {
    const values = Float64Array.from(rows.flat());
    const logProb = await served.serving.logProb(served.id, values, rows.length);
    const model = { id: served.id, encoding: density.encoding };
    const explanations = await explain(served.serving, model, { rows: values, logProb });
    const { reference, contributions } = explanations;
    assert.ok(Number.isNaN(reference[3]) && contributions.subarray(15).every(Number.isNaN));
    const finite = { reference: reference.subarray(0, 3), contributions: contributions.subarray(0, 15) };
    assertAdditive(finite, logProb.subarray(0, 3));
    assert.deepEqual(await explain(served.serving, model, { rows: values, logProb }), explanations);
  });

  test('that was never calibrated says what to do', async () => {
    await assert.rejects(served.serving.calibration(served.id), {
      name: 'ConflictError',
      code: 'not-calibrated',
      message: `the model ${served.id} has no calibration scores, since an earlier version of this service trained it: train it again`,
    });
  });
});
