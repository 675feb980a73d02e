import type { TensorValues } from '../flow/graph/program.ts';

/**
 * Mean log-likelihood, in nats per row, of test rows under a full-covariance Gaussian fitted by maximum likelihood to
 * training rows: the floor that a flow must clear. Undefined when the covariance is singular.
 */
export function gaussianTestLogProb(training: TensorValues, test: TensorValues): number | undefined {
  const [rows, width] = training.shape;
  const mean = new Float64Array(width);
  const covariance = new Float64Array(width * width);
  for (let index = 0; index < rows * width; index++) mean[index % width] += Number(training.values[index]) / rows;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < width; i++)
      for (let j = 0; j <= i; j++)
        covariance[i * width + j] += (centred(training, row, i, mean) * centred(training, row, j, mean)) / rows;
  const factor = cholesky(covariance, width);
  if (!factor) return undefined;

  let logDeterminant = 0;
  for (let i = 0; i < width; i++) logDeterminant += 2 * Math.log(factor[i * width + i]);
  let squares = 0;
  const whitened = new Float64Array(width);
  for (let row = 0; row < test.shape[0]; row++)
    for (let i = 0; i < width; i++) {
      let value = centred(test, row, i, mean);
      for (let j = 0; j < i; j++) value -= factor[i * width + j] * whitened[j];
      whitened[i] = value / factor[i * width + i];
      squares += whitened[i] ** 2;
    }
  return -0.5 * (squares / test.shape[0] + logDeterminant + width * Math.log(2 * Math.PI));
}

const centred = ({ values, shape }: TensorValues, row: number, column: number, mean: Float64Array) =>
  Number(values[row * shape[1] + column]) - mean[column];

/** The lower factor L of a symmetric matrix L L^T, read from its lower half; undefined when it is not positive definite. */
function cholesky(matrix: Float64Array, width: number): Float64Array | undefined {
  const factor = new Float64Array(width * width);
  for (let i = 0; i < width; i++)
    for (let j = 0; j <= i; j++) {
      let value = matrix[i * width + j];
      for (let k = 0; k < j; k++) value -= factor[i * width + k] * factor[j * width + k];
      if (i > j) factor[i * width + j] = value / factor[j * width + j];
      else if (value > 1e-10 * matrix[i * width + i]) factor[i * width + i] = Math.sqrt(value);
      else return undefined;
    }
  return factor;
}
