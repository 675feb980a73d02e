import type { ComponentChildren, Key } from 'preact';

export interface TableColumn<Row> {
  readonly name: string;
  /** Where two may have the same name. */
  readonly id?: string;
  /** As numbers stand, and what can be done with a row. */
  readonly isAtEnd?: boolean;
  /** Of what the column holds, for one row. */
  readonly cell: (row: Row, index: number) => ComponentChildren;
}

interface TableProps<Row> {
  /** What the rows are, for those who do not see them. */
  readonly caption: string;
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row, index: number) => Key;
}

/** A table that scrolls sideways within itself where it is wider than the page. */
export function Table<Row>({ caption, columns, rows, keyOf }: TableProps<Row>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
    <section class="table-scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, id = name, isAtEnd }) => (
              <th key={id} scope="col" class={isAtEnd ? 'at-end' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={keyOf(row, index)}>
              {columns.map(({ name, id = name, isAtEnd, cell }) => (
                <td key={id} class={isAtEnd ? 'at-end' : undefined}>
                  {cell(row, index)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
