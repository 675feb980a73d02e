import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpecError } from '../../../src/flow/errors.ts';
import { resolveFlow } from '../../../src/flow/spec.ts';

const resolve = (layer: object, columns = 6) =>
  resolveFlow({ layers: [layer] }, { columns, rows: 1000, path: '' }).spec.layers[0];

test('a Sylvester layer has rank 4, or as many as there are columns', () => {
  assert.equal(resolve({ type: 'sylvester' }).rank, 4);
  assert.equal(resolve({ type: 'sylvester' }, 3).rank, 3);
  assert.equal(resolve({ type: 'sylvester', rank: 2 }).rank, 2);
});

const refused: readonly [what: string, layer: object, path: string, message: RegExp][] = [
  ['a rank above the number of columns', { type: 'sylvester', rank: 7 }, '/rank', /at most the 6 columns; got 7/],
  ['an odd number of reflections', { type: 'householder', reflections: 3 }, '/reflections', /multiple of 2; got 3/],
  [
    'unequal residual blocks for the context',
    { type: 'planar', network: 'residual', hidden: [8, 4] },
    '/hidden',
    /all the same.*\[8,4\]/,
  ],
  ['a key of another layer', { type: 'lu', hidden: [8] }, '/hidden', /Unknown key "hidden"/],
];

for (const [what, layer, path, message] of refused)
  test(`${what} is refused, with its path`, () => {
    assert.throws(() => resolve(layer), { name: SpecError.name, path: `/layers/0${path}`, message });
  });
