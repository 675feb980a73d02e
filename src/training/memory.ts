/** What the memory of a training depends on. */
export interface MemoryNeeds {
  readonly rows: number;
  /** Modelled ones and context. */
  readonly columns: number;
  /** Numbers in an encoded row. */
  readonly width: number;
  readonly batchSize: number;
  /** How many flows are trained: those that race, or the members of an ensemble. */
  readonly flows: number;
  /** Of the largest of them. */
  readonly parameters: number;
}

/** Bytes: a thread with its engine, and the smallest of trainings. */
const base = 210e6;
/** Bytes for each flow beyond the first: its graphs, and what their runs leave allocated. */
const perFlow = 60e6;
/** Bytes for each row besides its cells: row numbers, and the log-determinant of its encoding. */
const perRow = 20;
/** Of so many rows ties and repetitions are looked for; each takes so many bytes in that, and besides for each column. */
const inspected = { rows: 200_000, bytes: 2500, columnBytes: 24 };
/** Bytes for each parameter of a flow: itself, its gradient, its moments and averages, and what is kept of them. */
const perParameter = 40;
/** Intermediate results of a step for each row of a batch, in bytes for each parameter: networks about 64 units wide have so many. */
const perBatchRow = 1 / 4;

/**
 * About how many bytes a training needs besides what its process has anyway: the table as it is read (8 bytes a cell) and as it is encoded
 * (4 bytes a number), what is looked for in its rows, and the flows. Every part was fitted to what the kernel told of a worker's process
 * (`node bench/memory/run.ts`).
 */
export function trainingMemory({ rows, columns, width, batchSize, flows, parameters }: MemoryNeeds): number {
  const table = rows * (8 * columns + 4 * width + perRow);
  const inspection = Math.min(rows, inspected.rows) * (inspected.bytes + inspected.columnBytes * columns);
  const steps = parameters * (perParameter * flows + perBatchRow * batchSize);
  return Math.round(base + perFlow * (flows - 1) + table + inspection + steps);
}
