import { Type } from 'typebox';
import type { ColumnEncoding, Encoding } from '../flow/encoding/encoding.ts';
import type { DatasetColumn } from '../store/datasets.ts';
import { type ColumnCodes, categoriesOf } from '../table/codes.ts';
import type { MissingPolicy, SourceColumn } from './columns.ts';

/** What a user may say of missing cells. */
export const missingSchema = Type.Enum(['reject', 'drop', 'impute', 'model'] satisfies MissingPolicy[], {
  default: 'model',
  description:
    'What becomes of missing cells: modelled, so that the density is of what is observed and of what is not; taken for the column’s median or commonest category; left out with their rows; or refused',
});

/**
 * A stored column as it comes to training. Numbers that are all the same are a category: they only tell whether they are missing.
 * Throws TypeError when its summary does not list its categories.
 */
export function sourceOf(column: DatasetColumn): SourceColumn {
  const { name, kind, lower, upper } = column;
  const { min, max } = column.summary;
  if ((kind === 'continuous' || kind === 'integer') && typeof min === 'number' && min === max)
    return { name, kind: 'categorical', categories: [min] };
  if (kind === 'continuous' || kind === 'integer')
    return { name, kind, ...(lower !== undefined && { lower }), ...(upper !== undefined && { upper }) };
  return { name, kind: 'categorical', categories: categoriesOf(column) };
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

/** How the cells of a column are coded. */
export function columnCodes(column: SourceColumn | ColumnEncoding): ColumnCodes {
  const { name, kind } = column;
  if (column.kind === 'categorical') return { name, kind: 'category', categories: column.categories };
  const { lower, upper } = column;
  return {
    name,
    kind: 'number',
    integer: kind === 'integer',
    ...(lower !== undefined && { lower }),
    ...(upper !== undefined && { upper }),
    // A margin is what gives a bound itself a density.
    ...(kind === 'continuous' && (lower ?? upper) !== undefined && { open: !('margin' in column) }),
  };
}
