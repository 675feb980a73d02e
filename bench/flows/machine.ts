import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import { affine } from '../../src/flow/graph/operations.ts';
import { input } from '../../src/flow/graph/tensor.ts';
import { realNvpCouplings, trainRealNvp } from './pushforward.ts';
import { fastest } from './timing.ts';

const size = 1024;
const products = 8;

/** How fast the runtime multiplies large square matrices of single precision, in GFLOP/s: what the machine can do. */
export async function productRate(threads: number): Promise<number> {
  const a = input('a', 'float32', [size, size]);
  const b = input('b', 'float32', [size, size]);
  let product = a;
  for (let factor = 0; factor < products; factor++) product = affine(product, b);
  const executable = await onnxRuntime.load({ inputs: { a, b }, outputs: { product } }, { threads });
  // Rows of b that add up to 1 keep the products of one size.
  const values = new Float32Array(size * size).fill(1 / size);
  const matrix = { values, shape: [size, size] };
  const seconds = await fastest(() => executable.run({ a: matrix, b: matrix }));
  await executable.release();
  return (products * 2 * size ** 3) / seconds / 1e9;
}

const large = { columns: 32, hidden: 256, batchSize: 1024 };

/**
 * Training of a Real NVP whose matrix products are large: milliseconds per step, and GFLOP/s, of which only the products
 * of the conditioners are counted, once for the forward and twice for the backward pass.
 */
export async function trainingRate(threads: number): Promise<{ milliseconds: number; rate: number }> {
  const { columns, hidden, batchSize } = large;
  const milliseconds = await trainRealNvp({ ...large, threads });
  const weights = (columns / 2) * hidden + hidden * hidden + hidden * columns;
  return { milliseconds, rate: (3 * 2 * batchSize * realNvpCouplings * weights) / milliseconds / 1e6 };
}
