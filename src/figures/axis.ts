/** What a grid goes over along one of its sides, as the API's densities have it. */
export interface GridAxis {
  readonly column: string;
  readonly kind: string;
  /** The centres of cells, or categories; null is a missing cell. */
  readonly values: readonly Cell[];
  readonly width: number;
}

export type Cell = string | number | boolean | null;

/** Whether its values are categories rather than places on a line. */
export const hasCategories = ({ kind }: GridAxis) => kind === 'categorical' || kind === 'boolean';

export const cellName = (value: Cell) => (value === null ? 'missing' : String(value));

/** The places on a line where the cells begin, and where the last one ends. */
export function edges({ values, width }: GridAxis): number[] {
  const places = values.map(Number);
  return [...places.map((value) => value - width / 2), (places.at(-1) ?? 0) + width / 2];
}

/** Labels that fit beside an axis. */
export const shortened = (name: string, most = 14) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);
