import type { Encoding } from '../../flow/encoding/encoding.ts';
import type { Own } from '../services.ts';

/** The log-densities of rows in codes; -Infinity for those with a category or a gap that the model does not know. */
export async function rowScores(
  serving: Pick<Own['serving'], 'logProb'>,
  { id, encoding }: { id: string; encoding: Encoding },
  rows: Float64Array,
): Promise<Float64Array> {
  const columns = [...encoding.columns, ...encoding.context];
  const logProb = await serving.logProb(id, rows, rows.length / columns.length);
  return logProb.map((value, row) => {
    const impossible = columns.some((column, place) => {
      const code = rows[row * columns.length + place];
      if (Number.isNaN(code)) return !column.missing && column.fill === undefined;
      return column.kind === 'categorical' && column.categories[code] === undefined;
    });
    return impossible ? Number.NEGATIVE_INFINITY : value;
  });
}
