import { Type } from 'typebox';
import type { ColumnEncoding, Encoding } from '../flow/encoding/encoding.ts';
import type { DatasetColumn } from '../store/datasets.ts';
import type { MissingPolicy, SourceColumn } from './columns.ts';

/** What a user may say of missing cells. */
export const missingSchema = Type.Enum(['reject', 'drop', 'impute', 'model'] satisfies MissingPolicy[], {
  default: 'reject',
  description:
    'What becomes of missing cells: refused, left out with their rows, taken for the column’s median or commonest category, or modelled: then the density is of what is observed, and of what is not',
});

/** A stored column as it comes to training. Throws TypeError when its summary does not list its categories. */
export function sourceOf({ name, kind, lower, upper, summary }: DatasetColumn): SourceColumn {
  if (kind === 'continuous' || kind === 'integer')
    return { name, kind, ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
  const { categories } = summary;
  if (!Array.isArray(categories)) throw new TypeError(`column ${name}: expected its categories in its summary`);
  return { name, kind: 'categorical', categories: categories.map(({ value }) => value) };
}

/** How columns will be encoded, but for locations and scales: enough to size a flow for them. */
export function plannedEncoding(
  columns: readonly DatasetColumn[],
  context: readonly DatasetColumn[],
  missing: MissingPolicy,
): Encoding {
  const planned = (column: DatasetColumn): ColumnEncoding => {
    const gaps = { missing: missing === 'model' && column.missingCount > 0 };
    const source = sourceOf(column);
    return source.kind === 'categorical' ? { ...source, ...gaps } : { ...source, location: 0, scale: 1, ...gaps };
  };
  return { columns: columns.map(planned), context: context.map(planned) };
}
