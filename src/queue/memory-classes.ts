/** Powers of two, from what the smallest trainings need to what no machine has. */
const classes = Array.from({ length: 16 }, (_, power) => 2 ** (28 + power));

/** The memory that a training is counted with which needs so many bytes: the next of few sizes, each twice the one before. */
export function memoryClass(bytes: number): number {
  return classes.find((size) => bytes <= size) ?? classes[classes.length - 1];
}

/** The jobs that need so much are a group to pg-boss, since groups can be left out when jobs are fetched. */
export const memoryGroup = (bytes: number) => String(memoryClass(bytes));

/** The groups of those that so many bytes are too little for. */
export const groupsBeyond = (bytes: number) => classes.filter((size) => size > bytes).map(String);

/** What the jobs of a group are counted with; those of an earlier version have none, and are counted with nothing. */
export const groupBytes = (group: string | null | undefined) => Number(group ?? 0);
