import { isUtf8 } from 'node:buffer';
import type { Limits } from '../../config.ts';
import { JsonCoder } from '../../table/coded-json.ts';
import type { ColumnCodes } from '../../table/codes.ts';
import { pointer, TableError } from '../../table/errors.ts';
import { JsonRows, rowsAtOnce } from '../../table/json-rows.ts';
import { parseJson } from '../../table/nested-json.ts';
import type { CodedRows } from '../../table/row-problems.ts';
import type { TableBody } from './table-body.ts';

/** A body of so many bytes is read at once. */
const fewBytes = 2 ** 16;

/**
 * The bytes of a small JSON body, whose length its headers tell; undefined, and nothing read, where it is another.
 * Throws what reading it throws.
 */
export async function smallJson({ chunks, format, gzip }: TableBody, length: string | undefined) {
  if (format !== 'json' || gzip || length === undefined || Number(length) > fewBytes) return undefined;
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.length === 1 ? Buffer.from(parts[0]) : Buffer.concat(parts);
}

/**
 * The rows of `{rows}` or `{records}` as codes, as `scoredRows` reads them; undefined where the body is not as it must be, which
 * to say is left to that.
 */
export function fewRows(bytes: Buffer, columns: readonly ColumnCodes[], limits: Limits): CodedRows | undefined {
  if (bytes.length > limits.maxUploadBytes || !isUtf8(bytes)) return undefined;
  const text = bytes.toString();
  const member = soleMember(text);
  if (member === undefined || member.rows.length > Math.min(limits.maxScoreRows, rowsAtOnce(columns.length)))
    return undefined;
  const { key, rows } = member;
  const pathOf = (row: number, cell?: string | number) => pointer(key, row, ...(cell === undefined ? [] : [cell]));
  const coder = new JsonCoder(columns, pathOf);
  const reader = new JsonRows<number>(
    (row, code, message) => new TableError(code, message, pathOf(row)),
    (value, place) => coder.toCode(value, place),
    {
      columns: columns.map(({ name }) => name),
      ofOtherLength: (length, expected) => coder.ofOtherLength(length, expected),
    },
  );
  try {
    return coder.take(
      rows.map((row, index) => (key === 'rows' ? reader.fromArray(index, row) : reader.fromRecord(index, row))),
    );
  } catch (error) {
    if (error instanceof TableError) return undefined;
    throw error;
  }
}

/** The rows of a body that has one key, once, and some rows. */
function soleMember(text: string): { key: 'rows' | 'records'; rows: readonly unknown[] } | undefined {
  const body = parsed(text);
  const keys = Object.keys(body);
  const [key] = keys;
  if (keys.length !== 1 || (key !== 'rows' && key !== 'records')) return undefined;
  const rows: unknown = Reflect.get(body, key);
  // Of a key that stands twice the parser shows only the last.
  const isSole = text.indexOf(`"${key}"`) === text.lastIndexOf(`"${key}"`);
  return isSole && Array.isArray(rows) && rows.length > 0 ? { key, rows } : undefined;
}

function parsed(text: string): object {
  try {
    return Object(parseJson(text));
  } catch {
    return {};
  }
}
