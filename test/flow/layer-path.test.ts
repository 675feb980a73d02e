import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followed, layersFromBase } from '../../src/flow/layer-path.ts';
import { resolveFlow } from '../../src/flow/spec.ts';

const specOf = (layers: readonly object[], columns: number) =>
  resolveFlow({ layers }, { columns, rows: 100, path: '' }).spec;

test('layers are met from the base on, and counted by kind', () => {
  const { layers } = specOf(
    [{ type: 'planar' }, { type: 'coupling' }, { type: 'planar' }, { type: 'planar', inverse: true }],
    2,
  );
  assert.deepEqual(
    layersFromBase(layers).map(({ layer, number, count }) => [layer, number, count]),
    [
      [3, 1, 1],
      [2, 1, 2],
      [1, 1, 1],
      [0, 2, 2],
    ],
  );
});

test('columns are followed to where permutations put them', () => {
  const order = [2, 0, 1];
  const { layers } = specOf([{ type: 'permutation', order }, { type: 'planar' }], 3);
  // z = (x2, x0, x1): column 0 stands in place 1, column 2 in place 0.
  assert.deepEqual(followed([0, 2], layers), [
    [1, 0],
    [1, 0],
    [0, 2],
  ]);
  const inverse = specOf([{ type: 'permutation', order, inverse: true }], 3);
  assert.deepEqual(followed([0, 2], inverse.layers)[0], [2, 1]);
});
