import type { Flow } from '../../src/flow/flow.ts';
import { flowOf } from './flows.ts';

/** A base distribution by itself: a flow that only keeps the columns in their order. */
export const flowOfBase = (base: object, columns: number): Flow =>
  flowOf([{ type: 'permutation', order: Array.from({ length: columns }, (_, column) => column) }], columns, { base });

/** For each type of base distribution, the specs over which the laws of distributions run. */
export const baseCases: readonly { readonly type: string; readonly [key: string]: unknown }[] = [
  { type: 'normal' },
  { type: 'normal', learned: true },
  { type: 'student-t' },
  { type: 'student-t', learned: true },
  { type: 'uniform', lower: -2, upper: 3 },
  { type: 'mixture', components: 2 },
  { type: 'mixture', components: 5 },
];
