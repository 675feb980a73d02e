import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cell } from '../../console/src/api/cell.ts';
import { spread } from '../../console/src/api/spread.ts';
import { Budget } from '../../console/src/plots/pair-plot/budget.ts';
import { chosenColumns, saidColumns } from '../../console/src/plots/pair-plot/chosen-columns.ts';
import { describeColumn, otherCategories, toPosition, valuesOf } from '../../console/src/plots/pair-plot/column.ts';
import { correlationsOf } from '../../console/src/plots/pair-plot/correlation.ts';
import { densitiesOf, outline } from '../../console/src/plots/pair-plot/histogram.ts';
import { layoutOf } from '../../console/src/plots/pair-plot/layout.ts';
import { byKey, byPointer, byWheel } from '../../console/src/plots/pair-plot/moves.ts';
import { nearest } from '../../console/src/plots/pair-plot/nearest.ts';
import { dotsFor, type Painter } from '../../console/src/plots/pair-plot/painter.ts';
import { randomNumbers, shuffled } from '../../console/src/plots/pair-plot/random.ts';
import { Scene } from '../../console/src/plots/pair-plot/scene.ts';
import { pairTable } from '../../console/src/plots/pair-plot/table.ts';
import { shortened, ticksOf } from '../../console/src/plots/pair-plot/ticks.ts';
import { pan, type View, wholeView, zoom } from '../../console/src/plots/pair-plot/view.ts';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, expected ${expected}`);

test('a column is of numbers, dates or categories, by its cells', () => {
  const of = (cells: Cell[], isCategorical = false) => describeColumn('x', cells, isCategorical);
  assert.deepEqual(of([2, null, -1]), { name: 'x', kind: 'number', low: -1, high: 2, categories: [] });
  assert.deepEqual(
    [of(['2024-01-01', null, '2024-01-03T12:00']).kind, of(['2024-01-01', '2024-01-03']).high],
    ['date', Date.UTC(2024, 0, 3)],
  );
  assert.deepEqual(of([true, false, true]).categories, ['false', 'true']);
  assert.deepEqual(of(['b', 'a', 'b']).categories, ['b', 'a']);
  assert.deepEqual(of([10, 9, 10], true).categories, ['9', '10']);
  assert.deepEqual(of(['2024-01-01', 'later']).kind, 'category');
  const { low, high } = of([5, 5]);
  assert.ok(low < 5 && high > 5, 'one value alone has a width');
});

test('of many categories the rarest share a place', () => {
  const cells = Array.from({ length: 20 }, (_, category) => new Array<Cell>(21 - category).fill(`c${category}`)).flat();
  const column = describeColumn('x', cells);
  assert.equal(column.categories.length, 12);
  assert.equal(column.categories[11], otherCategories);
  const [first, last] = valuesOf(column, ['c0', 'c19'], () => 0.5);
  assert.deepEqual([first, last], [0.5, 11.5]);
});

test('points of a category are strewn over its place and no other', () => {
  const column = describeColumn('x', ['a', 'b']);
  const values = valuesOf(column, new Array<Cell>(500).fill('b'), randomNumbers(3));
  assert.ok(values.every((value) => value > 1.1 && value < 1.9));
  assert.ok(new Set(values).size > 400);
  assert.ok(Number.isNaN(valuesOf(column, [null], () => 0)[0]));
});

test('the order of drawing is one of all points, and the same each time', () => {
  const order = shuffled(1000, randomNumbers(1));
  assert.deepEqual(
    [...order].sort((a, b) => a - b),
    Array.from({ length: 1000 }, (_, index) => index),
  );
  assert.deepEqual(order, shuffled(1000, randomNumbers(1)));
  const early = order.slice(0, 100).reduce((sum, row) => sum + row, 0) / 100;
  assert.ok(early > 400 && early < 600, `the first of them are from everywhere: ${early}`);
});

const rows = {
  name: 'rows',
  columns: new Map<string, Cell[]>([
    ['x', [0, 1, 2, null]],
    ['y', [4, 3, 2, 1]],
    ['side', ['a', 'a', 'b', null]],
  ]),
};
const samples = {
  name: 'samples',
  columns: new Map<string, Cell[]>([
    ['x', [0, 4]],
    ['y', [0, 8]],
    ['side', ['b', 'b']],
  ]),
};
const table = pairTable(['x', 'y', 'side'], [rows, samples]);

test('a table has the points of both series, and counts what is missing', () => {
  assert.equal(table.count, 6);
  assert.deepEqual(table.series, [
    { name: 'rows', count: 4, missing: [1, 0, 1] },
    { name: 'samples', count: 2, missing: [0, 0, 0] },
  ]);
  assert.equal(
    table.seriesOf.reduce((sum, series) => sum + series, 0),
    2,
  );
  // The points stay together: each is where its own row is.
  for (let point = 0; point < table.count; point++) {
    const [x, y] = [table.values[0][point], table.values[1][point]];
    assert.ok(Number.isNaN(x) ? y === 1 : table.seriesOf[point] === 0 ? y === 4 - x : y === 2 * x, `${x}, ${y}`);
    if (Number.isNaN(x)) assert.ok(table.positions[0][point] < -100);
    else near(table.positions[0][point], toPosition(table.columns[0], x));
  }
});

test('correlations are of each series by itself, over the rows that have both', () => {
  const [ofRows, ofSamples] = correlationsOf(table, 0, 1);
  near(ofRows ?? 0, -1);
  near(ofSamples ?? 0, 1);
  const [withSide, constantSide] = correlationsOf(table, 1, 2);
  // The commoner of two categories, here b, comes first.
  near(withSide ?? 0, Math.sqrt(3) / 2);
  assert.equal(constantSide, undefined);
});

test('a histogram has each series’ parts, and categories have a bin each', () => {
  const numbers = densitiesOf(table, 0, [-0.04, 1.04]);
  assert.equal(numbers.edges.length, 37);
  assert.deepEqual(
    numbers.heights.map((of) => of.filter((height) => height > 0)),
    [
      [0.5, 0.5, 0.5],
      [1, 1],
    ],
  );
  const categories = densitiesOf(table, 2, [0.2, 0.4]);
  assert.deepEqual(categories, {
    edges: [0, 0.5, 1],
    heights: [
      [0.25, 0.5],
      [1, 0],
    ],
  });
  assert.equal(outline([0, 0.5, 1], [0.5, 1]), 'M0 1V0.5000H0.5V0.0000H1V1');
});

const whole: View = [
  [0, 1],
  [0, 1],
  [0, 1],
];

test('zooming keeps what lies under the pointer, and leaves other columns as they are', () => {
  const view = zoom(
    whole,
    [
      { column: 0, at: 0.25 },
      { column: 2, at: 1 },
    ],
    2,
  );
  assert.deepEqual(view, [[0.125, 0.625], whole[1], [0.5, 1]]);
  assert.deepEqual(whole[0], [0, 1]);
});

test('moving and zooming end where there is nothing to be seen', () => {
  const far = pan(whole, [{ column: 0, at: -50 }]);
  assert.deepEqual(far[0], [0.5, 1.5]);
  let view = whole;
  for (let step = 0; step < 100; step++) view = zoom(view, [{ column: 0, at: 0.5 }], 2);
  near(view[0][1] - view[0][0], 2 ** -12);
  for (let step = 0; step < 100; step++) view = zoom(view, [{ column: 0, at: 0.5 }], 0.5);
  near(view[0][1] - view[0][0], 2);
});

const columns = { across: 0, up: 1 };

test('keys, the wheel and fingers move both columns of their panel', () => {
  const right = byKey('ArrowRight', columns)?.(whole) ?? whole;
  near(right[0][0], 0.1);
  assert.deepEqual(right[1], whole[1]);
  near((byKey('ArrowUp', columns)?.(whole) ?? whole)[1][0], 0.1);
  near((byKey('+', columns)?.(whole) ?? whole)[1][0], 0.1);
  assert.equal(byKey('a', columns), undefined);

  const wheel = { deltaY: -100, deltaMode: 0, ctrlKey: false };
  const closer = byWheel(wheel, columns, { x: 0, y: 1 })(whole);
  assert.equal(closer[0][0], 0);
  assert.ok(closer[0][1] < 1 && closer[1][0] > 0);
  assert.deepEqual(byWheel({ ...wheel, deltaY: 100 }, columns, { x: 0, y: 1 })(whole)[0][0], 0);

  const dragged = byPointer({ x: 0.5, y: 0.5 }, { x: 0.7, y: 0.4 }, undefined, columns)(whole);
  near(dragged[0][0], -0.2);
  near(dragged[1][0], 0.1);
  // Two fingers apart by 0.4, then by 0.8: twice as close, with what was under each still under it.
  const pinched = byPointer({ x: 0.5, y: 0.5 }, { x: 0.9, y: 0.5 }, { x: 0.1, y: 0.5 }, columns)(whole);
  near(pinched[0][1] - pinched[0][0], 0.5);
  near(pinched[0][0] + 0.1 * 0.5, 0.1);
  near(pinched[0][0] + 0.9 * 0.5, 0.5);
});

test('the panels lie below the diagonal, and fit the width', () => {
  const { panels, width, height, box } = layoutOf(1000, 4);
  assert.deepEqual(
    panels.map(({ up, across }) => [up, across]),
    [
      [1, 0],
      [2, 0],
      [2, 1],
      [3, 0],
      [3, 1],
      [3, 2],
    ],
  );
  const last = box(3, 3);
  assert.ok(last.x + last.width <= width && last.y + last.height <= height);
  assert.equal(panels[0].y, box(1, 1).y);
});

test('an axis says what is seen, whatever it is of', () => {
  const texts = (cells: Cell[], interval: readonly [number, number], most = 5) =>
    ticksOf(describeColumn('x', cells), interval, 100 * most, 100).map(({ text }) => text);
  assert.deepEqual(texts([0, 100], [0, 1]), ['0', '20', '40', '60', '80', '100']);
  assert.deepEqual(texts([0, 100], [0.5, 0.51]), ['50.0', '50.2', '50.4', '50.6', '50.8', '51.0']);
  assert.deepEqual(texts([0, 3_000_000], [0, 1], 3), ['0', '1M', '2M', '3M']);
  assert.deepEqual(texts(['a', 'b', 'b'], [0, 1]), ['b', 'a']);
  assert.deepEqual(texts(['a', 'b', 'b'], [0.5, 1]), ['a']);
  assert.deepEqual(texts(['2020-01-01', '2024-01-01'], [0, 1]), ['2020', '2021', '2022', '2023', '2024']);
  near(ticksOf(describeColumn('x', [0, 100]), [0.5, 1], 500, 100)[1].at, 0.2);
  assert.deepEqual([shortened('abcdef', 6), shortened('abcdef', 4)], ['abcdef', 'abc…']);
});

test('the nearest point is of the series that are shown, and not too far away', () => {
  const [panel] = layoutOf(400, 3).panels;
  const at = (x: number, y: number) =>
    [toPosition(table.columns[0], x) * panel.width, (1 - toPosition(table.columns[1], y)) * panel.height] as const;
  const valuesAt = (place: readonly [number, number], shown = [true, true]) => {
    const point = nearest(table, panel, whole, place, shown);
    return point === undefined ? undefined : [table.values[0][point], table.values[1][point]];
  };
  const [x, y] = at(4, 8);
  assert.deepEqual(valuesAt([x - 5, y + 5]), [4, 8]);
  assert.equal(valuesAt([x - 5, y + 5], [true, false]), undefined);
  assert.equal(valuesAt([x - 30, y]), undefined);
});

test('many points are smaller and fainter than few', () => {
  const box = { x: 0, y: 0, width: 200, height: 200 };
  const [few, many] = [dotsFor(100, box), dotsFor(100_000, box)];
  assert.ok(few.size > many.size && few.alpha > many.alpha && many.alpha > 0);
});

/** Keeps what it is asked for. */
function recorder() {
  const log: string[] = [];
  const painter: Painter = {
    mostPoints: Infinity,
    resize: () => {},
    clear: ({ x }) => void log.push(`clear ${x > 60 ? 'right' : 'left'}`),
    draw: ({ up, across }, _view, _look, _dots, { first, count }) =>
      void log.push(`${up}-${across}: ${first} to ${first + count}`),
    present: () => void log.push('present'),
    dispose: () => {},
  };
  return { painter, taken: () => log.splice(0) };
}

test('while it moves a part of the points is drawn, and when it rests all of them, over several frames', () => {
  const values = Array.from({ length: 1000 }, (_, row) => row);
  const large = pairTable(
    ['x', 'y', 'z'],
    [{ name: 'rows', columns: new Map(['x', 'y', 'z'].map((name) => [name, values])) }],
  );
  const { painter, taken } = recorder();
  const budget = new Budget();
  budget.points = 600;
  const scene = new Scene(painter, large, layoutOf(400, 3), budget);
  const look = { colours: [], shown: [true] };
  const view = wholeView(large.columns);

  assert.equal(scene.frame(0, { view, look }), true);
  assert.deepEqual(
    taken().filter((line) => !line.startsWith('clear')),
    ['1-0: 0 to 200', '2-0: 0 to 200', '2-1: 0 to 200', 'present'],
  );
  // It may go on moving yet.
  assert.equal(scene.frame(20, { view, look }), true);
  assert.deepEqual(taken(), []);
  assert.equal(scene.frame(200, { view, look }), true);
  assert.deepEqual(taken(), ['clear left', '1-0: 0 to 600']);
  let now = 220;
  while (scene.frame(now, { view, look })) now += 20;
  assert.equal(now, 300, 'the fifth frame has the last of 3,000 points, and the sixth tells how long that took');
  const rest = taken();
  assert.equal(rest.filter((line) => line === 'present').length, 1);
  assert.equal(rest.at(-1), 'present');
  assert.equal(scene.points, 1000);

  // A panel of two other columns stays as it is.
  const moved = pan(view, [{ column: 2, at: 0.1 }]);
  scene.frame(1000, { view: moved, look });
  assert.deepEqual(
    taken().filter((line) => !line.startsWith('clear')),
    ['2-0: 0 to 300', '2-1: 0 to 300', 'present'],
  );
  scene.complete({ view: moved, look });
  assert.deepEqual(
    taken().filter((line) => !line.startsWith('clear')),
    ['1-0: 0 to 1000', '2-0: 0 to 1000', '2-1: 0 to 1000', 'present'],
  );
});

test('slow frames have fewer points, quick ones more, and those that drew little say nothing', () => {
  const budget = new Budget();
  const before = budget.points;
  budget.note(40, before);
  assert.equal(budget.points, before / 2);
  for (let frame = 0; frame < 3; frame++) budget.note(16, budget.points);
  assert.ok(budget.points > 0.6 * before);
  const grown = budget.points;
  budget.note(16, 100);
  assert.equal(budget.points, grown);
  for (let frame = 0; frame < 100; frame++) budget.note(1000, budget.points);
  assert.ok(budget.points > 0);
});

test('a large table is read in pieces from its first row to its last', () => {
  assert.deepEqual(spread(500, 1000), [{ offset: 0, limit: 500 }]);
  const pieces = spread(1_000_003, 100_000);
  assert.equal(
    pieces.reduce((sum, { limit }) => sum + limit, 0),
    100_000,
  );
  assert.equal(pieces[0].offset, 0);
  assert.equal((pieces.at(-1)?.offset ?? 0) + pieces[0].limit, 1_000_003);
  for (const [piece, { offset, limit }] of pieces.entries())
    assert.ok(offset + limit <= (pieces[piece + 1]?.offset ?? Infinity), 'no row is read twice');
});

test('columns are named in the address, whatever they are called', () => {
  const names = ['a', 'b, c', 'd%', 'e', 'f', 'g'];
  assert.deepEqual(chosenColumns(saidColumns(['d%', 'b, c']), names), ['d%', 'b, c']);
  assert.deepEqual(chosenColumns(undefined, names), names.slice(0, 4));
  assert.deepEqual(chosenColumns('a,unknown', names), names.slice(0, 4));
  assert.deepEqual(chosenColumns('e,e,a,%zz', names), ['e', 'a']);
  assert.equal(chosenColumns(saidColumns(names), names).length, 5);
});
