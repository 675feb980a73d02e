import lazy from 'preact-iso/lazy';
import type { Model } from '../../api/types.ts';

export interface ModelSectionProps {
  readonly model: Model;
}

/** What a ready model can be asked; each has an address below the model's, and is loaded when it is first shown. */
export const sections = [
  { path: '', name: 'Overview', component: lazy(async () => (await import('./overview.tsx')).Overview) },
  {
    path: 'samples',
    name: 'Samples over data',
    component: lazy(async () => (await import('./samples/samples.tsx')).Samples),
  },
] as const;
