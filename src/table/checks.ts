import { isWholeSql, naturalForm, type Source } from './cell-sql.ts';
import { MixedColumnError, shown, TableError, type TableErrorCode } from './errors.ts';
import type { Reading } from './inference.ts';
import type { ColumnOptions, Inference } from './kinds.ts';
import type { Range } from './ranges.ts';
import { rawName } from './raw-parts.ts';
import { batches, cellError, type TableView } from './table-view.ts';

const expectations = {
  number: ['not-a-number', 'a number'],
  boolean: ['not-a-boolean', 'true or false, yes or no, or 1 or 0'],
  text: ['column-type', 'a text'],
} as const satisfies Record<Reading['form'], readonly [TableErrorCode, string]>;

/** Throws TableError at the first cell of a column that is not of the form which the column is taken for. */
export async function checkForms(
  view: TableView,
  sources: readonly Source[],
  readings: readonly Reading[],
): Promise<void> {
  const doubtful = readings.flatMap(({ form }, column) => (form === naturalForm(sources[column]) ? [] : [column]));
  for (const batch of batches(doubtful)) {
    const [given, formed] = [await countCells(view, view.raw, batch), await countCells(view, view.cells(batch), batch)];
    for (const column of batch)
      if (given[rawName(column)] !== formed[rawName(column)]) throw await formError(view, column, readings[column]);
  }
}

async function countCells({ database }: TableView, relation: string, columns: readonly number[]) {
  const counts = columns.map((column) => `count(${rawName(column)})::DOUBLE AS ${rawName(column)}`);
  const [row = {}] = await database.query(`SELECT ${counts} FROM ${relation}`);
  return row;
}

async function formError(view: TableView, column: number, { form, mixed }: Reading): Promise<TableError> {
  const [code, expected] = expectations[form];
  const { message, path } = await cellError(view, column, 'cell IS NOT NULL AND value IS NULL', code, expected);
  const advice =
    ' Most cells of the column are numbers: "kind": "categorical" takes all for texts, and "ignore": true leaves it out.';
  return mixed ? new MixedColumnError(view.names[column], message + advice, path) : new TableError(code, message, path);
}

/** Throws TableError at the first number that is not what it was asked to be. */
export async function checkNumbers(
  view: TableView,
  asked: readonly ColumnOptions[],
  ranges: ReadonlyMap<number, Range>,
): Promise<void> {
  for (const [column, { min, max, integral }] of ranges) {
    const { kind, lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = asked[column];
    if (min === null || max === null) continue;
    if (kind === 'integer' && !integral)
      throw await cellError(view, column, `NOT ${isWholeSql('value')}`, 'not-an-integer', 'a whole number');
    const outside = [
      ...(min < lower ? [`value < ${double(lower)}`] : []),
      ...(max > upper ? [`value > ${double(upper)}`] : []),
    ];
    if (outside.length > 0)
      throw await cellError(view, column, outside.join(' OR '), 'out-of-bounds', boundsText(lower, upper));
  }
}

const double = (value: number) => `'${value}'::DOUBLE`;

function boundsText(lower: number, upper: number): string {
  if (lower === Number.NEGATIVE_INFINITY) return `at most ${upper}`;
  return upper === Number.POSITIVE_INFINITY ? `at least ${lower}` : `a number from ${lower} to ${upper}`;
}

/** Throws TableError where there are bounds for what is no number. */
export function checkBounds(asked: readonly ColumnOptions[], inferences: readonly Inference[]): void {
  asked.forEach(({ name, lower, upper }, column) => {
    const { kind } = inferences[column];
    if ((lower ?? upper) !== undefined && kind !== 'continuous' && kind !== 'integer')
      throw new TableError('column-options', `Column ${shown(name)} is ${kind}: only numbers have bounds.`, '/columns');
  });
}
