import type { Browser, Page } from 'playwright-core';
import { openPage } from '../../test/support/browser.ts';
import { moonsCsv } from '../../test/support/console.ts';
import type { Furniture } from './furnish.ts';

/** Something to be seen. */
export interface View {
  /** As its pictures are called. */
  readonly name: string;
  readonly url: string;
  /** What has to be done first to see it. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** Every page, and every section of every ready model: which there are, its page itself says. */
export async function everyView(browser: Browser, url: string, furniture: Furniture): Promise<View[]> {
  const { datasets, models, sweep, cancelled } = furniture;
  const view = (name: string, path: string): View => ({ name, url: url + path });
  const sections: View[] = [];
  for (const [name, id] of Object.entries(models))
    for (const path of await sectionsOf(browser, url, id))
      sections.push(view(['model', name, ...path.split('/').slice(3)].join('-'), path));
  return [
    view('datasets', '/datasets'),
    { ...view('review', '/datasets'), prepare: (page) => chooseFile(page, 'moons.csv', moonsCsv()) },
    { ...view('refusal', '/datasets'), prepare: (page) => chooseFile(page, 'ragged.csv', 'a,b\n1,2\n3\n') },
    ...Object.entries(datasets).map(([name, id]) => view(`dataset-${name}`, `/datasets/${id}`)),
    view('models', '/models'),
    view('new-model', `/models/new?dataset=${datasets.penguins}`),
    ...sections,
    view('sweeps', '/sweeps'),
    view('sweep', `/sweeps/${sweep}`),
    view('model-cancelled', `/models/${cancelled}`),
    { ...view('sign-in', '/models'), prepare: askForKey },
    view('no-such-page', '/models/none/at/all'),
    view('no-such-model', '/models/01930000-0000-7000-8000-000000000000'),
  ];
}

/** What is to be seen while models train. */
export function liveViews(url: string, { model, sweep }: { model: string; sweep: string }): View[] {
  return [
    { name: 'sweep-live', url: `${url}/sweeps/${sweep}` },
    { name: 'models-live', url: `${url}/models` },
    { name: 'model-live', url: `${url}/models/${model}` },
  ];
}

/** The addresses of a model's sections; of its page alone where it has no others. */
async function sectionsOf(browser: Browser, url: string, id: string): Promise<string[]> {
  const { page } = await openPage(browser, url);
  const path = `/models/${id}`;
  await page.goto(path);
  await page.locator('.page-lead .badge-ready').waitFor();
  const links: string[] = await page.evaluate(
    `[...document.querySelectorAll('.tabs a')].map((link) => link.getAttribute('href'))`,
  );
  await page.context().close();
  return links.length === 0 ? [path] : links;
}

async function chooseFile(page: Page, name: string, text: string): Promise<void> {
  await page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByText(name).first().waitFor();
}

/** As a service with keys answers who has none. */
async function askForKey(page: Page): Promise<void> {
  const problem = { status: 401, contentType: 'application/problem+json', body: '{"detail":"Expected a key."}' };
  await page.route('**/v1/**', (route) => route.fulfill(problem));
  await page.reload();
  await page.getByLabel('API key').waitFor();
}
