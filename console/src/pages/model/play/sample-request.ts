import type { Cell } from '../../../tables/cells.ts';

/** Which rows to draw. */
export interface SampleRequest {
  readonly n: number;
  readonly seed: number;
  readonly temperature: number;
  /** A value for each context column. */
  readonly given: Readonly<Record<string, Cell>>;
}

/** Where the rows of a model without context are. */
export function sampleLink(id: string, { n, seed, temperature }: SampleRequest, format: string): string {
  return `/v1/models/${id}/sample?n=${n}&seed=${seed}&temperature=${temperature}&format=${format}`;
}

/** What a file of samples is called: after what they can be drawn again by. */
export function sampleName(model: string, { n, seed }: SampleRequest, format: string): string {
  return `${model.replace(/[^\p{L}\p{N}]+/gu, '-')}-${n}-seed-${seed}.${format}`;
}
