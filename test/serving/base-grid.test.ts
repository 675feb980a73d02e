import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carriedVertices, gridOver, gridVertices } from '../../src/serving/steps/base-grid.ts';
import { assertClose } from '../support/close.ts';
import { normalValues } from '../support/flows.ts';

const points = normalValues(1024, 2);
const lineOf = (vertices: Float64Array, line: number) =>
  Array.from({ length: carriedVertices }, (_, vertex) => {
    const at = 2 * (line * carriedVertices + vertex);
    return [vertices[at], vertices[at + 1]] as const;
  });

test('a grid over normal points goes three deviations far, and is not moved by a few outliers', () => {
  const grid = gridOver(points, { shape: 'squares', lines: 7 });
  assert.deepEqual(grid, { shape: 'squares', lines: 7, x: [-3, 3], y: [-3, 3] });
  const withOutliers = Float64Array.from([...points, 1e6, -1e9, Number.NaN, Number.NaN]);
  assert.deepEqual(gridOver(withOutliers, grid), grid);
  const elsewhere = gridOver(
    points.map((value, index) => 1000 + 0.01 * value + (index % 2)),
    grid,
  );
  assertClose([...elsewhere.x, ...elsewhere.y], [999.97, 1000.03, 1000.97, 1001.03], 1e-6);
});

test('squares are lines at each x, then at each y', () => {
  const vertices = gridVertices({ shape: 'squares', lines: 3, x: [0, 2], y: [10, 14] });
  assert.deepEqual(new Set(lineOf(vertices, 1).map(([x]) => x)), new Set([1]));
  assert.deepEqual(
    [lineOf(vertices, 1)[0], lineOf(vertices, 1)[carriedVertices - 1]],
    [
      [1, 10],
      [1, 14],
    ],
  );
  assert.deepEqual(
    [lineOf(vertices, 5)[0], lineOf(vertices, 5)[carriedVertices - 1]],
    [
      [0, 14],
      [2, 14],
    ],
  );
});

test('circles are closed and around the centre, and rays come from the outermost to it', () => {
  const vertices = gridVertices({ shape: 'circles', lines: 4, x: [-1, 1], y: [9, 11] });
  for (const [circle, radius] of [0.25, 0.5, 0.75, 1].entries()) {
    const line = lineOf(vertices, circle);
    assertClose(
      line.map(([x, y]) => Math.hypot(x, y - 10)),
      new Array(carriedVertices).fill(radius),
      1e-12,
    );
    assertClose(line[0], line[carriedVertices - 1], 1e-12);
  }
  assertClose(lineOf(vertices, 5)[0], [0, 11], 1e-12);
  assertClose(lineOf(vertices, 5)[carriedVertices - 1], [0, 10], 1e-12);
});
