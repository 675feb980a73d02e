import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { temporaryDirectory } from './postgres.ts';
import { type ServiceProcess, startProcess } from './service.ts';

/** Of Debian's package, unless CHROMIUM_PATH names another. */
const path = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Why the tests that need a browser cannot run; undefined where they can, or have to. */
const noBrowser =
  existsSync(path) || process.env.CI === 'true' ? undefined : `no Chromium at ${path}: set CHROMIUM_PATH`;

/** How a test is named and whether it runs, with the browser that there is. */
export function withBrowser(name: string): [name: string, options: { skip: boolean }] {
  return noBrowser === undefined ? [name, { skip: false }] : [`${name} (skipped: ${noBrowser})`, { skip: true }];
}

/** What the tests of a file share: begun once, and not at all where there is no browser to run them in. */
export async function startedWithBrowser<Started>(start: () => Promise<Started>): Promise<() => Started> {
  const started = noBrowser === undefined ? await start() : undefined;
  return () => {
    if (started === undefined) throw new Error('expected a browser');
    return started;
  };
}

/** A service with an embedded database, and a browser to look at it with. Both end with `resources`. */
export async function serviceAndBrowser(
  resources: AsyncDisposableStack,
): Promise<{ readonly service: ServiceProcess; readonly browser: Browser }> {
  const { path: directory } = resources.use(await temporaryDirectory());
  const service = resources.use(await startProcess({ DATA_DIR: directory }));
  const browser = await launchBrowser();
  resources.defer(() => browser.close());
  return { service, browser };
}

/** The system's Chromium, without a window and without what it does of itself. */
export function launchBrowser(): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  return chromium.launch({
    executablePath: path,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet],
  });
}

export interface WatchedPage {
  readonly page: Page;
  /** What must not happen, as it happened: requests to other origins, and errors on the page's own console. */
  readonly faults: readonly string[];
}

/** A page in a fresh profile, in the given width, that opens at `url`. */
export async function openPage(
  browser: Browser,
  url: string,
  { width = 1280, colorScheme = 'light' }: { width?: number; colorScheme?: 'light' | 'dark' } = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: url, viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(url).origin) faults.push(`request to ${request.url()}`);
  });
  page.on('console', (message) => {
    // That an answer was an error is said there, too; those are asserted where they are expected.
    const isAnswer = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isAnswer) faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  return { page, faults };
}
