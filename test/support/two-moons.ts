import { RandomStream } from '../../src/flow/random/stream.ts';

/** Two interleaved half circles of radius 1 with normal noise around them; rows [rows, 2]. */
export function twoMoons(rows: number, { noise, seed }: { noise: number; seed: number }): Float64Array {
  const random = new RandomStream(seed, 'noise');
  const values = new Float64Array(2 * rows);
  for (let row = 0; row < rows; row++) {
    const angle = Math.PI * random.uniform();
    const [x, y] = row % 2 === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    values[2 * row] = x + noise * random.normal();
    values[2 * row + 1] = y + noise * random.normal();
  }
  return values;
}
