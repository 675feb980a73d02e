import type { ColumnEncoding } from '../../flow/encoding/encoding.ts';
import { takesMissing } from '../../scoring/scores.ts';
import type { Cell } from '../../table/cells.ts';
import { encoder, isMissing } from '../../table/codes.ts';
import { problemOf } from '../../table/row-problems.ts';
import { columnCodes } from '../../training/sources.ts';
import { RequestError } from '../errors.ts';

/**
 * The codes of the values, in the order of the model's context columns. Throws RequestError where one is missing, not asked
 * for, or not what its column holds.
 */
export function contextCodes(values: Readonly<Record<string, Cell>>, context: readonly ColumnEncoding[]): number[] {
  const names = context.map(({ name }) => name);
  const expected = context.length > 0 ? `the model is conditioned on ${names.join(', ')}` : 'the model has no context';
  const faults = [
    ...Object.keys(values)
      .filter((name) => !names.includes(name))
      .map((name) => ({ path: `/context/${name}`, message: `Unknown context column; ${expected}.` })),
    ...names
      .filter((name) => !Object.hasOwn(values, name))
      .map((name) => ({ path: `/context/${name}`, message: `A value is missing; ${expected}.` })),
  ];
  const given = context.filter(({ name }) => Object.hasOwn(values, name));
  faults.push(...given.flatMap((column) => contextFault(column, values[column.name])));
  if (faults.length > 0)
    throw new RequestError(
      422,
      'context-mismatch',
      faults.map(({ path, message }) => `${path}: ${message}`).join(' '),
      { faults },
    );
  return context.map((column) => encoder(columnCodes(column))(values[column.name]));
}

function contextFault(column: ColumnEncoding, value: Cell): { path: string; message: string }[] {
  const absent = isMissing(value);
  if (absent && takesMissing(column)) return [];
  const codes = columnCodes(column);
  const problem = problemOf(codes, encoder(codes)(value), absent);
  return problem ? [{ path: `/context/${column.name}`, message: `Expected ${problem.expected}.` }] : [];
}
