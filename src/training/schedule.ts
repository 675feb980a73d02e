import type { Training } from './recipe.ts';

/** The learning rate of a step: a linear rise over the warm-up, then half a cosine down to 0 at the last step. */
export function learningRate(step: number, { learningRate: highest, warmupSteps, steps }: Training): number {
  if (step < warmupSteps) return (highest * (step + 1)) / warmupSteps;
  return highest * 0.5 * (1 + Math.cos((Math.PI * (step - warmupSteps)) / Math.max(1, steps - warmupSteps)));
}
