import lazy from 'preact-iso/lazy';

const datasets = lazy(async () => (await import('./pages/datasets/datasets-page.tsx')).DatasetsPage);

/** Every page by its path; each is loaded when it is first shown. Of two that fit a path the first counts. */
export const pages = [
  { path: '/', component: datasets },
  { path: '/datasets', component: datasets },
  {
    path: '/datasets/:id',
    component: lazy(async () => (await import('./pages/dataset/dataset-page.tsx')).DatasetPage),
  },
  { path: '/models', component: lazy(async () => (await import('./pages/models/models-page.tsx')).ModelsPage) },
  {
    path: '/models/new',
    component: lazy(async () => (await import('./pages/new-model/new-model-page.tsx')).NewModelPage),
  },
  {
    path: '/models/:id/:section?',
    component: lazy(async () => (await import('./pages/model/model-page.tsx')).ModelPage),
  },
  { path: '/sweeps', component: lazy(async () => (await import('./pages/sweeps/sweeps-page.tsx')).SweepsPage) },
  { path: '/sweeps/:id', component: lazy(async () => (await import('./pages/sweep/sweep-page.tsx')).SweepPage) },
] as const;

/** What the header leads to. */
export const navigation = [
  { href: '/datasets', name: 'Datasets' },
  { href: '/models', name: 'Models' },
  { href: '/sweeps', name: 'Sweeps' },
  { href: '/models/new', name: 'New model' },
] as const;
