/** What the memory of a training depends on. */
export interface MemoryNeeds {
  readonly rows: number;
  /** Modelled ones and context. */
  readonly columns: number;
  /** Numbers in an encoded row. */
  readonly width: number;
  readonly batchSize: number;
  /** Of each flow that is trained. */
  readonly parameterCounts: readonly number[];
}

export function trainingMemory({ rows, columns, width }: MemoryNeeds): number {
  return 2 ** 28 + rows * (8 * columns + 4 * width);
}
