import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalQuantile } from '../../../src/flow/distributions/normal-quantile.ts';
import { assertClose } from '../../support/close.ts';

test('quantiles of the normal distribution', () => {
  // Python's statistics.NormalDist().inv_cdf(p)
  const quantiles: [p: number, x: number][] = [
    [0.5, 0],
    [0.75, 0.6744897501960817],
    [1 / 3, -0.43072729929545744],
    [0.9, 1.2815515655446008],
    [0.99, 2.3263478740408408],
    [0.01, -2.3263478740408408],
    [0.999, 3.090232306167813],
  ];
  for (const [p, x] of quantiles) assertClose([normalQuantile(p)], [x], 1e-13, `quantile of ${p}`);
  // Here a rounding error of 1 - p is one of 2e-9 in x.
  assertClose([normalQuantile(1e-9)], [-5.9978070150076865], 1e-8, 'quantile of 1e-9');
  assert.equal(normalQuantile(0.3), -normalQuantile(0.7));
});
