export { shown } from '../flow/shown.ts';

/** What kind of fault a table has: unreadable as its format, readable but not usable, or larger than a limit allows. */
export type TableFault = 'malformed' | 'unusable' | 'too-large';

export type TableErrorCode =
  | 'empty-table'
  | 'no-rows'
  | 'not-text'
  | 'not-csv'
  | 'not-json'
  | 'not-parquet'
  | 'not-gzip'
  | 'line-too-long'
  | 'ragged-row'
  | 'row-length'
  | 'unknown-key'
  | 'column-names'
  | 'column-options'
  | 'unknown-column'
  | 'column-type'
  | 'not-a-number'
  | 'not-an-integer'
  | 'not-a-boolean'
  | 'unknown-category'
  | 'missing-cell'
  | 'out-of-bounds'
  | 'too-many-categories'
  | 'no-values'
  | 'too-many-bytes'
  | 'too-compressed'
  | 'too-much-memory'
  | 'too-many-rows'
  | 'too-many-cells'
  | 'too-many-columns';

const faults: Readonly<Record<TableErrorCode, TableFault>> = {
  'empty-table': 'malformed',
  'no-rows': 'unusable',
  'not-text': 'malformed',
  'not-csv': 'malformed',
  'not-json': 'malformed',
  'not-parquet': 'malformed',
  'not-gzip': 'malformed',
  'line-too-long': 'malformed',
  'ragged-row': 'malformed',
  'row-length': 'malformed',
  'unknown-key': 'malformed',
  'column-names': 'unusable',
  'column-options': 'malformed',
  'unknown-column': 'unusable',
  'column-type': 'unusable',
  'not-a-number': 'unusable',
  'not-an-integer': 'unusable',
  'not-a-boolean': 'unusable',
  'unknown-category': 'unusable',
  'missing-cell': 'unusable',
  'out-of-bounds': 'unusable',
  'too-many-categories': 'unusable',
  'no-values': 'unusable',
  'too-many-bytes': 'too-large',
  'too-compressed': 'too-large',
  'too-much-memory': 'too-large',
  'too-many-rows': 'too-large',
  'too-many-cells': 'too-large',
  'too-many-columns': 'too-large',
};

/** A table that cannot be taken; the message names the row, column and value, or the limit, that stands in the way. */
export class TableError extends Error {
  override name = 'TableError';
  readonly code: TableErrorCode;
  /** JSON pointer of the offending value, where the table came as JSON. */
  readonly path: string | undefined;

  constructor(code: TableErrorCode, message: string, path?: string) {
    super(message);
    this.code = code;
    this.path = path;
  }

  get fault(): TableFault {
    return faults[this.code];
  }
}

/** A column in which most cells are numbers and some are not: what it is, has to be said. */
export class MixedColumnError extends TableError {
  readonly column: string;

  constructor(column: string, message: string, path?: string) {
    super('not-a-number', message, path);
    this.column = column;
  }
}

/** The JSON pointer (RFC 6901) of a place: the keys and indices that lead to it. */
export function pointer(...keys: readonly unknown[]): string {
  return keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
