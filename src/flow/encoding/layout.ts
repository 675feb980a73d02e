import {
  type CategoryEncoding,
  type ColumnEncoding,
  categoryCount,
  type Encoding,
  isNumber,
  type NumberEncoding,
} from './encoding.ts';

/** The columns of a table, or its context, by kind; within a kind they keep their order. */
export class ColumnGroups {
  readonly numbers: readonly NumberEncoding[];
  /** Of each of the numbers, its place among all columns. */
  readonly numberPlaces: readonly number[];
  /** The numbers whose missing cells are modelled, by their place among the numbers. */
  readonly gaps: readonly number[];
  readonly categorical: readonly CategoryEncoding[];
  readonly categoricalPlaces: readonly number[];

  constructor(columns: readonly ColumnEncoding[]) {
    const places = Array.from(columns.keys());
    this.numbers = columns.filter(isNumber);
    this.numberPlaces = places.filter((place) => isNumber(columns[place]));
    this.gaps = Array.from(this.numbers.keys()).filter((number) => this.numbers[number].missing);
    this.categorical = columns.filter((column) => column.kind === 'categorical');
    this.categoricalPlaces = places.filter((place) => !isNumber(columns[place]));
  }
}

/** The rows that a flow works on, as it sees them. */
export interface FlowShape {
  /** Columns of numbers. */
  readonly columns: number;
  readonly context: number;
  /** Of the discrete variables, how many values each may take. */
  readonly categories: readonly number[];
  /**
   * The columns of numbers that may be missing. Whether they are observed (1, else 0) are the first discrete variables, one
   * for each in this order.
   */
  readonly gaps: readonly number[];
}

/**
 * Where everything stands in an encoded row, float32 [width]:
 *
 *   [numbers | observed | codes | numbers of the context | observed of the context | one-hot codes of the context]
 *
 * Each part has its columns in the order of the table. `observed` holds, for each column of numbers whose missing cells are
 * modelled, 1 or 0; where it is 0 the number is 0. A missing cell of a categorical column is one category more, the last.
 */
export class Layout {
  readonly columns: ColumnGroups;
  readonly context: ColumnGroups;
  /** Sizes of the parts, of the columns and of the context; 0 where there is nothing. */
  readonly sizes: { readonly columns: readonly number[]; readonly context: readonly number[] };
  /** Of the part that is modelled: where the context starts. */
  readonly contextStart: number;
  readonly width: number;

  constructor({ columns, context }: Encoding) {
    this.columns = new ColumnGroups(columns);
    this.context = new ColumnGroups(context);
    const { numbers, gaps, categorical } = this.columns;
    const oneHot = this.context.categorical.reduce((total, column) => total + categoryCount(column), 0);
    this.sizes = {
      columns: [numbers.length, gaps.length, categorical.length],
      context: [this.context.numbers.length, this.context.gaps.length, oneHot],
    };
    this.contextStart = total(this.sizes.columns);
    this.width = this.contextStart + total(this.sizes.context);
  }

  /** What a flow over such rows has to know of them. */
  get shape(): FlowShape {
    const { numbers, gaps, categorical } = this.columns;
    return {
      columns: numbers.length,
      context: this.width - this.contextStart,
      categories: [...gaps.map(() => 2), ...categorical.map(categoryCount)],
      gaps,
    };
  }

  /** For each place of an encoded row, the column of numbers that it holds; undefined where it holds a code or a flag. */
  get numbers(): readonly (NumberEncoding | undefined)[] {
    return [
      ...this.columns.numbers,
      ...new Array<undefined>(this.contextStart - this.columns.numbers.length).fill(undefined),
      ...this.context.numbers,
      ...new Array<undefined>(this.width - this.contextStart - this.context.numbers.length).fill(undefined),
    ];
  }
}

const total = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size, 0);
