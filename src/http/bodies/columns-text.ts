import { toColumnOptions } from '../../table/column-options.ts';
import type { ColumnOptions } from '../../table/kinds.ts';
import { parseJson } from '../../table/nested-json.ts';
import { RequestError } from '../errors.ts';

/**
 * What a text of JSON says of columns; `place` is where it stands, as the detail of an error begins.
 * Throws RequestError where it is no JSON, and TableError where it says what cannot be.
 */
export function parseColumns(text: string, place: string): ColumnOptions[] {
  return toColumnOptions(parse(text, place));
}

function parse(text: string, place: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    const path = '/columns';
    const message = `Expected JSON: ${error instanceof Error ? error.message : error}.`;
    throw new RequestError(400, 'invalid-columns', `${place}${path}: ${message}`, { faults: [{ path, message }] });
  }
}
