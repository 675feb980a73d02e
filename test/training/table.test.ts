import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNumber } from '../../src/flow/encoding/encoding.ts';
import { float32 } from '../../src/flow/graph/program.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { type Fit, fit } from '../../src/training/fit.ts';
import type { TrainingOptions } from '../../src/training/recipe.ts';
import { splitRows } from '../../src/training/rows.ts';
import type { TrainingTable } from '../../src/training/table.ts';
import { assertClose } from '../support/close.ts';
import { here, problemOf, tableFor, unstopped } from '../support/training.ts';

const random = new RandomStream(1, 'noise');

/** A table of rows, each the numbers that `row` gives by name. */
function tableOf(count: number, row: (index: number) => Record<string, number>) {
  const rows = Array.from({ length: count }, (_, index) => row(index));
  return { columns: Object.keys(rows[0]), values: Float64Array.from(rows.flatMap((cells) => Object.values(cells))) };
}

const prepared = ({ columns, values }: ReturnType<typeof tableOf>, training: TrainingOptions = {}, context = 0) =>
  tableFor(problemOf(values, columns, { training, context }));

function scaleOf({ encoding }: TrainingTable, name: string): number {
  const column = [...encoding.columns, ...encoding.context].find((each) => each.name === name);
  assert.ok(column && isNumber(column), name);
  return column.scale;
}

/** Columns as uneven as they come: whole numbers, an exact copy, and a spike at 0. */
const uneven = tableOf(600, () => {
  const x = random.normal();
  return {
    x,
    count: Math.round(3 * random.normal()),
    copy: x,
    spike: random.uniform() < 0.3 ? 0 : 1 + random.uniform(),
  };
});

test('rows of a continuum come out standardised, with nothing to warn of', async () => {
  const table = await prepared(tableOf(1000, () => ({ x: 5 + 2 * random.normal(), y: random.uniform() })));
  assert.deepEqual([table.columns, table.context], [['x', 'y'], []]);
  assert.deepEqual([table.spread, table.leastNoise, table.warnings], [[0, 0], 0, []]);
  assert.deepEqual(
    [table.training, table.validation, table.test].map(({ rows }) => rows.shape),
    [
      [700, 2],
      [150, 2],
      [150, 2],
    ],
  );
  const values = float32(table.training.rows);
  for (const column of [0, 1]) {
    const own = Array.from({ length: 700 }, (_, row) => values[2 * row + column]);
    const mean = own.reduce((total, value) => total + value, 0) / 700;
    const square = own.reduce((total, value) => total + value ** 2, 0) / 700;
    assertClose([mean, square], [0, 1], 1e-6);
  }
  assertClose([table.unitsLogDet], [-Math.log(scaleOf(table, 'x') * scaleOf(table, 'y'))], 1e-12);
});

test('the context is standardised too, and changes no unit of a density', async () => {
  const table = await prepared(
    tableOf(300, () => ({ x: random.normal(), t: 1000 * random.normal() })),
    {},
    1,
  );
  assert.deepEqual([table.columns, table.context], [['x'], ['t']]);
  assertClose([table.unitsLogDet], [-Math.log(scaleOf(table, 'x'))], 1e-12);
});

test('ties are spread over their step, and what is not well is said', async () => {
  const table = await prepared(uneven);
  const { spread, leastNoise, warnings, floors } = table;
  const steps = spread.map((extent, column) => extent * scaleOf(table, uneven.columns[column]));
  assert.deepEqual([steps[0], steps[2], leastNoise, floors.test.gaussian], [0, 0, 0.01, null]);
  assertClose([steps[1]], [1], 1e-12);
  assert.ok(steps[3] > 0 && steps[3] < 0.02, `${steps[3]}`);
  const distinct = new Set(uneven.values.filter((_, index) => index % 4 === 1)).size;
  assert.deepEqual(warnings, [
    `Columns with few distinct values, each spread evenly over the step between them: "count" (${distinct} values, 1).`,
    'Column "copy" is a linear combination of others: noise of 0.01 standard deviations keeps its density finite.',
  ]);
});

test('ties are spread over no more than is asked for', async () => {
  const whole = await prepared(uneven);
  const half = await prepared(uneven, { tieSpread: 0.5 });
  const stepOf = (table: TrainingTable) => table.spread[1] * scaleOf(table, 'count');
  assertClose([stepOf(whole), stepOf(half)], [1, 0.5], 1e-12);
  assert.deepEqual((await prepared(uneven, { tieSpread: 0 })).spread, [0, 0, 0, 0]);
});

test('context is not spread: it needs no density', async () => {
  const { spread, warnings } = await prepared(
    tableOf(300, (row) => ({ x: random.normal(), group: row % 3 })),
    {},
    1,
  );
  assert.deepEqual([spread, warnings], [[0, 0], []]);
});

test('repeated rows are counted from a tenth of the table on', async () => {
  const repeating = async (repeats: number) => {
    const table = tableOf(200, (row) => {
      const angle = Math.max(row, repeats);
      return { x: Math.sin(angle), y: Math.cos(3 * angle) };
    });
    return (await prepared(table)).warnings;
  };
  assert.deepEqual(await repeating(19), []);
  assert.deepEqual(await repeating(20), [
    '20 of 200 rows repeat others exactly: test rows may be copies of training rows.',
  ]);
});

async function fitted({ columns, values }: ReturnType<typeof tableOf>, flow: unknown, steps: number): Promise<Fit> {
  const problem = problemOf(values, columns, { flows: [flow], training: { steps } });
  return (await fit(here, problem, unstopped())) ?? assert.fail('it was stopped');
}

test('the density of an uneven table stays below what its spread and noise allow', async () => {
  const { metrics, warnings, training } = await fitted(uneven, 'spline', 1000);
  const table = await prepared(uneven);
  const { spread, leastNoise } = table;
  // Of rows that are moved by independent noise no density exceeds the product of the noises' own highest densities.
  const highest = spread.reduce((total, extent, column) => {
    const width = Math.max(extent, leastNoise * Math.sqrt(2 * Math.PI));
    return total - Math.log(width * scaleOf(table, uneven.columns[column]));
  }, 0);
  for (const name of ['trainLogProb', 'validationLogProb', 'testLogProb'] as const)
    assert.ok(metrics[name] < highest && metrics[name] > -20, `${name} is ${metrics[name]}, not below ${highest}`);
  assert.equal(training.noise, leastNoise);
  assert.deepEqual(warnings.slice(0, 2), table.warnings);
});

test('a column that is constant in all training rows and not elsewhere does no harm', async () => {
  const table = tableOf(200, () => ({ x: random.normal(), flag: 5 }));
  const { test: heldOut } = splitRows(200, problemOf(table.values, table.columns).training, 0);
  table.values[2 * heldOut[0] + 1] = 7;
  const { metrics, density } = await fitted(table, 'spline', 200);
  const [, flag] = density.encoding.columns;
  assert.ok(isNumber(flag));
  assertClose([flag.location, flag.scale], [5, 2 / Math.sqrt(12)], 1e-12);
  // x is standard normal; the flag is spread over 2. One test row of 30 lies where nothing was seen.
  assert.ok(Number.isFinite(metrics.testLogProb), `${metrics.testLogProb}`);
  assertClose([metrics.validationLogProb], [-0.5 * Math.log(2 * Math.PI * Math.E) - Math.log(2)], 0.3);
});
