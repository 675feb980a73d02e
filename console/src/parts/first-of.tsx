import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { count } from './format.ts';

interface FirstOfProps<Item> {
  readonly items: readonly Item[];
  readonly most: number;
  /** What they are, as in "columns". */
  readonly what: string;
  readonly children: (shown: readonly Item[]) => ComponentChildren;
}

/** So many of a list, and once they are asked for all. */
export function FirstOf<Item>({ items, most, what, children }: FirstOfProps<Item>) {
  const [isWhole, setWhole] = useState(items.length <= most);
  return (
    <>
      {children(isWhole ? items : items.slice(0, most))}
      {!isWhole && (
        <button type="button" class="button" onClick={() => setWhole(true)}>
          Show all {count(items.length)} {what}
        </button>
      )}
    </>
  );
}
