import { type Encoding, isNumber } from '../flow/encoding/encoding.ts';

/**
 * The group that a row in codes [columns + context] belongs to: of each column of categories in its context the code, that of a
 * missing cell as it is scored. Empty where the context has no categories.
 */
export function contextGroup({ columns, context }: Encoding, row: Float64Array): number[] {
  return context.flatMap((column, place) => {
    if (isNumber(column)) return [];
    const code = row[columns.length + place];
    return [Number.isNaN(code) ? (column.fill ?? column.categories.length) : code];
  });
}
