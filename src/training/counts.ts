import type { Layout } from '../flow/encoding/layout.ts';
import type { TensorValues } from '../flow/graph/program.ts';
import type { Counts } from '../flow/mixed-flow.ts';

/** How often each value of each discrete variable occurs in encoded rows [rows, width]. */
export function valueCounts({ values, shape: [rows, width] }: TensorValues, { shape, contextStart }: Layout): Counts {
  const first = contextStart - shape.categories.length;
  return shape.categories.map((categories, variable) => {
    const counts = new Array<number>(categories).fill(0);
    for (let row = 0; row < rows; row++) counts[Number(values[row * width + first + variable])]++;
    return counts;
  });
}
