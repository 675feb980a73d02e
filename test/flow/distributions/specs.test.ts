import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpecError } from '../../../src/flow/errors.ts';
import { resolveFlow } from '../../../src/flow/spec.ts';
import { flowOfBase } from '../../support/bases.ts';

const resolve = (base: unknown) =>
  resolveFlow({ base, layers: [{ type: 'scale' }] }, { columns: 3, rows: 1000, path: '/flow' }).spec.base;

test('a base is resolved with all that it leaves open', () => {
  assert.deepEqual(resolve({ type: 'normal' }), { type: 'normal', learned: false });
  assert.deepEqual(resolve({ type: 'uniform' }), { type: 'uniform', lower: 0, upper: 1 });
  assert.deepEqual(resolve({ type: 'mixture' }), { type: 'mixture', components: 8 });
  assert.deepEqual(resolve(resolve({ type: 'student-t' })), { type: 'student-t', learned: false });
});

test('the noise that a sample takes', () => {
  const noiseColumns = (base: object) => flowOfBase(base, 3).noiseColumns;
  assert.equal(noiseColumns({ type: 'normal', learned: true }), 3);
  assert.equal(noiseColumns({ type: 'student-t' }), 6);
  assert.equal(noiseColumns({ type: 'uniform' }), 6);
  assert.equal(noiseColumns({ type: 'mixture' }), 5);
});

const refused: readonly [what: string, base: unknown, path: string, message: RegExp][] = [
  ['a name for an object', 'normal', '', /Expected a base distribution: an object with "type"/],
  ['an unknown type', { type: 'cauchy' }, '/type', /one of normal, student-t, uniform, mixture; got "cauchy"/],
  ['no type', {}, '/type', /got none/],
  ['a misspelt key', { type: 'normal', learnt: true }, '/learnt', /Unknown key "learnt"; expected one of learned/],
  ['bounds in the wrong order', { type: 'uniform', lower: 1, upper: 1 }, '/upper', /more than lower, 1; got 1/],
  ['one component', { type: 'mixture', components: 1 }, '/components', />= 2; got 1/],
];

for (const [what, base, path, message] of refused)
  test(`${what} is refused, with its path`, () => {
    assert.throws(() => resolve(base), { name: SpecError.name, path: `/flow/base${path}`, message });
  });
