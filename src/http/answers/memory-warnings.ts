import { memoryClass } from '../../queue/memory-classes.ts';
import type { NewModel } from '../../store/model.ts';
import type { LivingProcess } from '../../store/processes.ts';
import type { Store } from '../../store/store.ts';

interface Processes {
  readonly living: readonly LivingProcess[];
  readonly embedded: boolean;
}

/** Models as they are planned, with what `memoryWarnings` has to say of each by the processes that live now; that is `added`. */
export async function warnOfMemory<Plan extends NewModel>(
  { processes, embedded }: Pick<Store, 'processes' | 'embedded'>,
  plans: readonly Plan[],
): Promise<{ readonly plan: Plan; readonly added: readonly string[] }[]> {
  const living = await processes.living();
  return plans.map((plan) => {
    const added = memoryWarnings(plan.memoryBytes ?? 0, { living, embedded });
    return { plan: { ...plan, warnings: [...(plan.warnings ?? []), ...added] }, added };
  });
}

/** What is to be said where a training needs more memory than any process has that trains, as far as these are known. */
export function memoryWarnings(needed: number, { living, embedded }: Processes): string[] {
  const trainers = living.filter(({ trainingThreads }) => trainingThreads > 0);
  const most = Math.max(...trainers.map(({ memoryBytes }) => memoryBytes));
  if (trainers.length === 0 || memoryClass(needed) <= most) return [];
  const need = `Its training needs about ${gibibytes(needed)} of memory, and is counted with ${gibibytes(memoryClass(needed))}`;
  if (embedded) return [`${need}; WORKER_MEMORY_BYTES is ${gibibytes(most)}: it is tried all the same, alone.`];
  return [`${need}; no worker has more than ${gibibytes(most)}: it waits for one that has.`];
}

const gibibytes = (bytes: number) => `${Number((bytes / 2 ** 30).toPrecision(2))} GiB`;
