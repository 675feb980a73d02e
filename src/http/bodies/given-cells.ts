import type { ColumnEncoding } from '../../flow/encoding/encoding.ts';
import type { Cell } from '../../table/cells.ts';
import { encoder, isMissing } from '../../table/codes.ts';
import { shown } from '../../table/errors.ts';
import { problemOf } from '../../table/row-problems.ts';
import { columnCodes } from '../../training/sources.ts';
import { RequestError, type RequestFault } from '../errors.ts';

interface GivenColumns {
  readonly required: readonly ColumnEncoding[];
  readonly optional: readonly ColumnEncoding[];
}

/**
 * The codes of values of some columns, by the column's name. Throws RequestError where one is required but left out, not
 * known, or not what its column holds.
 */
export function givenCodes(
  values: Readonly<Record<string, unknown>>,
  { required, optional }: GivenColumns,
): Map<string, number> {
  const columns = new Map([...required, ...optional].map((column) => [column.name, column]));
  const faults: RequestFault[] = [];
  const codes = new Map<string, number>();
  const fault = (name: string, message: string) => faults.push({ path: `/given/${name}`, message });
  for (const [name, value] of Object.entries(values)) {
    const column = columns.get(name);
    if (!column) fault(name, `Unknown column: expected some of ${[...columns.keys()].join(', ') || 'none'}.`);
    else if (!isCell(value)) fault(name, `Expected a number, a text, true, false or null, got ${shown(value)}.`);
    else {
      const code = encoder(columnCodes(column))(value);
      const expected = expectedInstead(column, value, code);
      if (expected) fault(name, `Expected ${expected}.`);
      codes.set(name, isMissing(value) ? (column.fill ?? code) : code);
    }
  }
  for (const { name } of required)
    if (!Object.hasOwn(values, name)) fault(name, 'A value is missing: the model is conditioned on this column.');
  if (faults.length === 0) return codes;
  const detail = faults.map(({ path, message }) => `${path}: ${message}`).join(' ');
  throw new RequestError(422, 'given-mismatch', detail, { faults });
}

const isCell = (value: unknown): value is Cell =>
  value === null || ['number', 'string', 'boolean'].includes(typeof value);

function expectedInstead(column: ColumnEncoding, value: Cell, code: number): string | undefined {
  const absent = isMissing(value);
  if (absent && (column.missing || column.fill !== undefined)) return undefined;
  return problemOf(columnCodes(column), code, absent)?.expected;
}
