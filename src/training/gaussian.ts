import type { TensorValues } from '../flow/graph/program.ts';

/**
 * Mean log-likelihood, in nats per row, of the first `columns` of test rows given the others, under a full-covariance
 * Gaussian fitted by maximum likelihood to training rows: the floor that a flow must clear. Undefined when the covariance
 * is singular.
 */
export function gaussianTestLogProb(training: TensorValues, test: TensorValues, columns: number): number | undefined {
  const width = training.shape[1];
  // p(columns | context) = p(columns, context) / p(context); the context goes first in the factor, so that it is a part.
  const order = Array.from({ length: width }, (_, index) => (index + columns) % width);
  const mean = order.map((column) => meanOf(training, (row) => valueAt(training, row, column)));
  const centred = (table: TensorValues, row: number) => order.map((column, i) => valueAt(table, row, column) - mean[i]);
  const covariance = new Float64Array(width * width);
  for (let row = 0; row < training.shape[0]; row++) {
    const values = centred(training, row);
    for (let i = 0; i < width; i++)
      for (let j = 0; j <= i; j++) covariance[i * width + j] += (values[i] * values[j]) / training.shape[0];
  }
  const factor = cholesky(covariance, width);
  if (!factor) return undefined;

  const context = width - columns;
  return meanOf(test, (row) => {
    const whitened = centred(test, row);
    let logProb = 0;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < i; j++) whitened[i] -= factor[i * width + j] * whitened[j];
      whitened[i] /= factor[i * width + i];
      if (i >= context) logProb -= 0.5 * (whitened[i] ** 2 + Math.log(2 * Math.PI)) + Math.log(factor[i * width + i]);
    }
    return logProb;
  });
}

const valueAt = ({ values, shape }: TensorValues, row: number, column: number) =>
  Number(values[row * shape[1] + column]);

function meanOf({ shape: [rows] }: TensorValues, value: (row: number) => number): number {
  let total = 0;
  for (let row = 0; row < rows; row++) total += value(row) / rows;
  return total;
}

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
