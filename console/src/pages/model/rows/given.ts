import { type Cell, isCell } from '../../../tables/cells.ts';
import type { Field } from '../../../tables/fields.ts';

/** Values of columns that a density is given; null is a missing cell. */
export type Given = Readonly<Record<string, Cell>>;

/** What the address says of them, as far as it can be understood. */
export function readGiven(text: string | undefined): Given {
  try {
    const read: unknown = JSON.parse(text ?? '{}');
    if (typeof read !== 'object' || read === null || Array.isArray(read)) return {};
    return Object.fromEntries(Object.entries(read).filter((entry): entry is [string, Cell] => isCell(entry[1])));
  } catch {
    return {};
  }
}

export const writeGiven = (given: Given): string | undefined =>
  Object.keys(given).length > 0 ? JSON.stringify(given) : undefined;

/** Without the columns that are axes: these cannot be given. */
export function besides(given: Given, ...axes: readonly (string | undefined)[]): Given {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !axes.includes(name)));
}

/** The context of a model: as the address says, and where it says nothing as is usual. */
export function contextIn(text: string | undefined, fields: readonly Field[]): Given {
  const said = readGiven(text);
  return Object.fromEntries(
    fields.filter(({ isContext }) => isContext).map(({ name, usual }) => [name, name in said ? said[name] : usual]),
  );
}
