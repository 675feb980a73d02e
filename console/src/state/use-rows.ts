import { useRef } from 'preact/hooks';
import type { Cell, Columns } from '../api/cell.ts';
import { readRows } from '../api/rows.ts';
import type { Dataset } from '../api/types.ts';
import { type Answer, useAnswer } from './use-answer.ts';

/** A picture of more rows is no other picture. */
export const mostRows = 100_000;

/** Some columns of a dataset's rows, of at most `mostRows`; what was read already is not read again. */
export function useRows(dataset: Dataset | undefined, names: readonly string[]): Answer<Columns> {
  const { id, rowCount = 0 } = dataset ?? {};
  const kept = useRef({ id, columns: new Map<string, readonly Cell[]>() });
  return useAnswer(async () => {
    if (id === undefined) return new Map();
    if (kept.current.id !== id) kept.current = { id, columns: new Map() };
    const { columns } = kept.current;
    const lacking = names.filter((name) => !columns.has(name));
    const read = lacking.length === 0 ? [] : await readRows(id, lacking, { rowCount, most: mostRows });
    for (const [name, cells] of read) columns.set(name, cells);
    return new Map(names.map((name) => [name, columns.get(name) ?? []]));
  }, [id, names.join('\n')]);
}
