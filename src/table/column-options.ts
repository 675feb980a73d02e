import { pointer, shown, TableError } from './errors.ts';
import { type ColumnOptions, columnKinds } from './kinds.ts';

type Check = (value: unknown) => string | undefined;

const number: Check = (value) => (Number.isFinite(value) ? undefined : 'a finite number');

const checks: Readonly<Record<keyof ColumnOptions, Check>> = {
  name: (value) => (typeof value === 'string' ? undefined : 'a string'),
  kind: (value) => (columnKinds.some((kind) => kind === value) ? undefined : `one of ${columnKinds.join(', ')}`),
  lower: number,
  upper: number,
  ignore: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
};

/**
 * What a request says of columns: names, or objects with one and options. Throws TableError, with the JSON path of
 * what is wrong.
 */
export function toColumnOptions(value: unknown): ColumnOptions[] {
  if (!Array.isArray(value)) throw fault([], `Expected an array, got ${shown(value)}.`);
  const columns = value.map(toOptions);
  const places = new Map<string, number>();
  columns.forEach(({ name }, index) => {
    const earlier = places.get(name);
    if (earlier !== undefined)
      throw fault([index], `Columns ${earlier + 1} and ${index + 1} are both called ${shown(name)}.`, 'column-names');
    places.set(name, index);
  });
  return columns;
}

function toOptions(entry: unknown, index: number): ColumnOptions {
  if (typeof entry === 'string') return { name: entry };
  if (!isOptions(entry, index))
    throw fault([index], `Expected the name of a column, or an object with it, got ${shown(entry)}.`);
  const { lower = Number.NEGATIVE_INFINITY, upper = Number.POSITIVE_INFINITY } = entry;
  if (lower >= upper) throw fault([index, 'upper'], `Expected more than "lower", ${lower}, got ${upper}.`);
  return entry;
}

function isOptions(entry: unknown, index: number): entry is ColumnOptions {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return false;
  if (!('name' in entry)) throw fault([index, 'name'], 'This key is missing.');
  for (const [key, value] of Object.entries(entry)) {
    const check = new Map<string, Check>(Object.entries(checks)).get(key);
    if (check === undefined)
      throw fault([index, key], `Unknown key ${shown(key)}: expected ${Object.keys(checks).join(', ')}.`);
    const expected = check(value);
    if (expected !== undefined) throw fault([index, key], `Expected ${expected}, got ${shown(value)}.`);
  }
  return true;
}

function fault(
  place: readonly unknown[],
  message: string,
  code: 'column-options' | 'column-names' = 'column-options',
): TableError {
  return new TableError(code, message, pointer('columns', ...place));
}

/** The options of each of a table's columns. Throws TableError where some are for a column that it does not have. */
export function optionsOf(names: readonly string[], options: readonly ColumnOptions[]): ColumnOptions[] {
  options.forEach(({ name }, index) => {
    if (!names.includes(name))
      throw new TableError(
        'unknown-column',
        `The table has no column ${shown(name)}: its columns are ${shown(names)}.`,
        pointer('columns', index, 'name'),
      );
  });
  const byName = new Map(options.map((column) => [column.name, column]));
  return names.map((name) => byName.get(name) ?? { name });
}
