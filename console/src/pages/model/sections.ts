import lazy from 'preact-iso/lazy';
import type { Model } from '../../api/types.ts';

export interface ModelSectionProps {
  readonly model: Model;
}

/** What a ready model can be asked; each has an address below the model's, and is loaded when it is first shown. */
export const sections = [
  { path: '', name: 'Overview', component: lazy(async () => (await import('./overview/overview.tsx')).Overview) },
  { path: 'density', name: 'Density', component: lazy(async () => (await import('./density/density.tsx')).Density) },
  {
    path: 'samples',
    name: 'Samples over data',
    component: lazy(async () => (await import('./samples/samples.tsx')).Samples),
  },
  {
    path: 'layers',
    name: 'Layer by layer',
    component: lazy(async () => (await import('./layers/layers.tsx')).LayersSection),
  },
  { path: 'play', name: 'Play', component: lazy(async () => (await import('./play/play.tsx')).Play) },
  {
    path: 'anomalies',
    name: 'Anomalies',
    component: lazy(async () => (await import('./anomalies/anomalies.tsx')).Anomalies),
  },
  { path: 'drift', name: 'Drift', component: lazy(async () => (await import('./drift/drift.tsx')).Drift) },
] as const;
