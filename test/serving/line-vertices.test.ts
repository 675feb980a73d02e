import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keptVertices, taken } from '../../src/serving/steps/line-vertices.ts';

const line = (at: (place: number) => number, count = 101) =>
  Float64Array.from({ length: 2 * count }, (_, index) =>
    index % 2 === 0 ? at(Math.floor(index / 2) / (count - 1)) : 0,
  );
const even = line((place) => place);

test('vertices of a line that nothing stretches stand evenly, from end to end', () => {
  assert.deepEqual([...keptVertices([even, even], 11)], [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
});

test('more of them stand where a step stretches the line', () => {
  // All of the way lies in the middle tenth.
  const stretched = line((place) => 1000 * Math.min(1, Math.max(0, 10 * (place - 0.45))));
  const places = [...keptVertices([even, stretched, even], 21)];
  const within = places.filter((place) => place >= 45 && place <= 55).length;
  assert.ok(within >= 10, `Expected ten of ${places} from 45 to 55`);
  assert.deepEqual([places[0], places[20]], [0, 100]);
  assert.equal(new Set(places).size, 21);
});

test('each vertex is taken once, also where others are nowhere or all are asked for', () => {
  const jump = line((place) => (place < 0.99 ? 0 : 1e9));
  const nowhere = line((place) => (place > 0.5 ? Number.NaN : place));
  for (const kept of [2, 50, 101]) {
    const places = keptVertices([even, jump, nowhere], kept);
    assert.equal(new Set(places).size, kept);
    assert.deepEqual([places[0], places[kept - 1]], [0, 100]);
    assert.deepEqual(taken(even, places).length, 2 * kept);
  }
});
