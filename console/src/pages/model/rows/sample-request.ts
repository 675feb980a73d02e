import type { SampleRequest } from '../../../api/rows.ts';
import { fileName } from '../../../api/save.ts';
import type { Field } from '../../../tables/fields.ts';
import { contextIn, writeGiven } from './given.ts';

type Said = Readonly<Record<string, string | undefined>>;

export const seeds = { min: 0, max: 2 ** 32 - 1, step: 1 } as const;
export const temperatures = { min: 0, max: 10, step: 'any' } as const;

interface Usually {
  /** How many rows where nothing is said, and at most. */
  readonly n: number;
  readonly most: number;
}

/** What is asked of a model: as the address says, and else as is usual. */
export function requestIn(said: Said, fields: readonly Field[], { n, most }: Usually): SampleRequest {
  return {
    n: Math.round(numberIn(said.n, { min: 1, max: most }, n)),
    seed: Math.round(numberIn(said.seed, seeds, 0)),
    temperature: numberIn(said.temperature, temperatures, 1),
    context: contextIn(said.given, fields),
  };
}

function numberIn(text: string | undefined, { min, max }: { min: number; max: number }, usual: number): number {
  const value = Number(text || Number.NaN);
  return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : usual;
}

/** What the address shall say for a request to be changed so. */
export function saidOf({ context, ...numbers }: Partial<SampleRequest>): Said {
  return {
    ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)])),
    ...(context && { given: writeGiven(context) }),
  };
}

/** Where the rows of a model without context are. */
export function sampleLink(id: string, { n, seed, temperature }: SampleRequest, format: string): string {
  return `/v1/models/${id}/sample?n=${n}&seed=${seed}&temperature=${temperature}&format=${format}`;
}

/** What a file of samples is called: after what they can be drawn again by. */
export const sampleName = (model: string, { n, seed }: SampleRequest, format: string) =>
  `${fileName(model)}-${n}-seed-${seed}.${format}`;
