import assert from 'node:assert/strict';
import { test } from 'node:test';
import { growth } from '../../bench/soak/watch.ts';

test('growth is the slope of the second half, with the standard error of least squares', () => {
  const at = (minutes: number, mebibytes: number) => ({ minutes, mebibytes, files: 0, sockets: 0 });
  const before = [at(0, 500), at(1, 100), at(2, 300), at(3, 0)];
  const line = [4, 5, 6, 7].map((minutes) => at(minutes, 100 + 2 * minutes));
  assert.deepEqual(growth([...before, ...line]), { perMinute: 2, standardError: 0 });
  // Residuals 1, -3, 3, -1 about the same line: variance 20 / 2, spread 5.
  const around = [1, -3, 3, -1].map((off, index) => at(4 + index, 108 + 2 * index + off));
  const { perMinute, standardError } = growth([...before, ...around]);
  assert.ok(Math.abs(perMinute - 2) < 1e-12);
  assert.ok(Math.abs(standardError - Math.sqrt(2)) < 1e-12);
});
