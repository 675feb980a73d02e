import type { ColumnEncoding } from '../flow/encoding/encoding.ts';
import type { BulkJobKind } from '../store/bulk-job.ts';
import type { ColumnKind } from '../table/kinds.ts';
import { type OutputColumn, outputColumn } from '../table/write-parquet.ts';
import { columnCodes } from '../training/sources.ts';

/** A column of a job's dataset; where nothing is said of its kind, its cells say it. */
export interface BulkColumn extends OutputColumn {
  readonly kind?: ColumnKind;
}

const logProb: BulkColumn = { name: 'logProb', type: 'DOUBLE', kind: 'continuous' };
const pValue: BulkColumn = { name: 'pValue', type: 'DOUBLE', kind: 'continuous' };
const anomaly: BulkColumn = { name: 'anomaly', type: 'BOOLEAN', kind: 'boolean' };

/** The columns of the dataset that a job of this kind makes, with a model of these columns. */
export function bulkColumns(kind: BulkJobKind, columns: readonly ColumnEncoding[]): BulkColumn[] {
  if (kind === 'log-prob') return [logProb];
  if (kind === 'anomalies') return [logProb, pValue, anomaly];
  return columns.map(sampleColumn);
}

function sampleColumn(column: ColumnEncoding): BulkColumn {
  const output = outputColumn(columnCodes(column));
  if (column.kind !== 'categorical') return { ...output, kind: column.kind };
  return output.type === 'VARCHAR' ? { ...output, kind: 'categorical' } : output;
}
