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
  | 'unknown-key'
  | 'column-names'
  | 'not-a-number'
  | 'column-type'
  | 'no-numeric-columns'
  | 'too-many-bytes'
  | 'too-compressed'
  | 'too-much-memory'
  | 'too-many-rows'
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
  'unknown-key': 'malformed',
  'column-names': 'unusable',
  'not-a-number': 'unusable',
  'column-type': 'unusable',
  'no-numeric-columns': 'unusable',
  'too-many-bytes': 'too-large',
  'too-compressed': 'too-large',
  'too-much-memory': 'too-large',
  'too-many-rows': 'too-large',
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

/** A value as an error message shows it: quoted, and cut where it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
