import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../../src/flow/shown.ts';

test('a value is shown as its JSON', () => {
  for (const value of [null, true, 1.5, 'a "text"', [], {}, [1, ['a', {}]], { a: [1, null], 'b c': { d: 'e' } }])
    assert.equal(shown(value), JSON.stringify(value));
  assert.deepEqual([undefined, Number.NaN].map(shown), ['undefined', 'null']);
});

test('what is long is cut at 80 characters, as its JSON would be', () => {
  for (const value of ['x'.repeat(1000), Array(1000).fill(7), { key: 'y'.repeat(90) }, [['"'.repeat(70)], 'z']]) {
    const json = JSON.stringify(value);
    assert.equal(shown(value), `${json.slice(0, 77)}...`);
  }
});

test('depth and size are no matter', () => {
  assert.equal(shown(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))), `${'['.repeat(77)}...`);
  const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
  assert.equal(shown(deep), `${'{"a":'.repeat(20).slice(0, 77)}...`);
});
