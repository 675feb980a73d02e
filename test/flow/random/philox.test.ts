import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counter, type Key, philox } from '../../../src/flow/random/philox.ts';
import { normalRows, RandomStream } from '../../../src/flow/random/stream.ts';

const hexadecimal = (words: Uint32Array) => Array.from(words, (word) => word.toString(16).padStart(8, '0')).join(' ');

// The known answers that the authors publish with their Random123 library (kat_vectors, philox4x32 10).
const knownAnswers: readonly [Counter, Key, string][] = [
  [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
  [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
];

test('Philox gives the published answers', () => {
  const words = new Uint32Array(4);
  for (const [counter, key, answer] of knownAnswers) {
    philox(words, counter, key);
    assert.equal(hexadecimal(words), answer);
  }
});

test('a stream repeats for the same seed and purpose, and differs for another', () => {
  const words = (seed: number, purpose: 'split' | 'batches') => {
    const stream = new RandomStream(seed, purpose);
    return Array.from({ length: 9 }, () => stream.word());
  };
  assert.deepEqual(words(7, 'split'), words(7, 'split'));
  assert.notDeepEqual(words(7, 'split'), words(8, 'split'));
  assert.notDeepEqual(words(7, 'split'), words(7, 'batches'));
});

test('a permutation holds every number once, and all orders of three come equally often', () => {
  const stream = new RandomStream(1, 'split');
  assert.deepEqual(
    Array.from(stream.permutation(100)).sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, index) => index),
  );
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 6000; draw++) {
    const order = stream.permutation(3).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  // Five standard deviations of a binomial count with n = 6000, p = 1/6.
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 145, `${count}`);
});

test('normal rows have the moments of the normal distribution', () => {
  const values = normalRows(3, 0, 100_000, 2);
  const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
  // Five standard errors: Var z = 1, Var z^2 = 2, Var z^3 = 15, Var z^4 = 96.
  const within = (value: number, expected: number, variance: number) =>
    assert.ok(Math.abs(value - expected) < 5 * Math.sqrt(variance / values.length), `${value}, not ${expected}`);
  within(moment(1), 0, 1);
  within(moment(2), 1, 2);
  within(moment(3), 0, 15);
  within(moment(4), 3, 96);
});

test('a normal row depends on the seed and its own number alone', () => {
  const all = normalRows(5, 0, 100, 3);
  assert.deepEqual(normalRows(5, 40, 7, 3), all.slice(120, 141));
  assert.notDeepEqual(normalRows(6, 0, 100, 3), all);
  // Row numbers beyond 32 bits are rows of their own.
  assert.notDeepEqual(normalRows(5, 2 ** 32, 1, 3), all.slice(0, 3));
});
