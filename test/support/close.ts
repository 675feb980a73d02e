import assert from 'node:assert/strict';

/**
 * Asserts that the numbers agree to `tolerance`, taken relative to the larger of 1 and the expected number.
 * The message names the worst place.
 */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = '',
): void {
  assert.equal(actual.length, expected.length, `${what}: lengths differ`);
  let worst = 0;
  let place = 0;
  for (let index = 0; index < expected.length; index++) {
    const distance = Object.is(actual[index], expected[index]) ? 0 : Math.abs(actual[index] - expected[index]);
    const error = distance / Math.max(1, Math.abs(expected[index]));
    if (!(error <= worst)) [worst, place] = [Number.isNaN(error) ? Infinity : error, index];
  }
  assert.ok(
    worst <= tolerance,
    `${what}: expected ${expected[place]} at ${place}; got ${actual[place]}: error ${worst}, tolerance ${tolerance}`,
  );
}
