/** What a column's values are. */
export const columnKinds = ['continuous', 'integer', 'boolean', 'categorical'] as const;
export type ColumnKind = (typeof columnKinds)[number];

/** What a request says of a column. */
export interface ColumnOptions {
  readonly name: string;
  readonly kind?: ColumnKind;
  /** The least and the greatest value that it can have. */
  readonly lower?: number;
  readonly upper?: number;
  /** Whether it is only to be stored. */
  readonly ignore?: boolean;
}

/** What a column is taken for, and why. */
export interface Inference {
  readonly kind: ColumnKind;
  readonly reason: string;
  /** Whether it is only stored, and takes no part in models. */
  readonly ignored: boolean;
}
