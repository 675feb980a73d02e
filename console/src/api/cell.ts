export type Cell = string | number | boolean | null;

/** Cells by the name of their column. */
export type Columns = ReadonlyMap<string, readonly Cell[]>;
