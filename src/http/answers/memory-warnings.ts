import { memoryClass } from '../../queue/memory-classes.ts';
import type { LivingProcess } from '../../store/processes.ts';

/** What is to be said where a training needs more memory than any process has that trains, as far as these are known. */
export function memoryWarnings(
  needed: number,
  { living, embedded }: { living: readonly LivingProcess[]; embedded: boolean },
): string[] {
  const trainers = living.filter(({ trainingThreads }) => trainingThreads > 0);
  const most = Math.max(...trainers.map(({ memoryBytes }) => memoryBytes));
  if (trainers.length === 0 || memoryClass(needed) <= most) return [];
  const need = `Its training needs about ${gibibytes(needed)} of memory, and is counted with ${gibibytes(memoryClass(needed))}`;
  if (embedded) return [`${need}; WORKER_MEMORY_BYTES is ${gibibytes(most)}: it is tried all the same, alone.`];
  return [`${need}; no worker has more than ${gibibytes(most)}: it waits for one that has.`];
}

const gibibytes = (bytes: number) => `${Number((bytes / 2 ** 30).toPrecision(2))} GiB`;
