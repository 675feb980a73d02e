import type { Browser, Page } from 'playwright-core';
import { openPage } from '../../test/support/browser.ts';
import type { View } from './views.ts';

interface Picture {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
  readonly path: string;
  /** Whether only what a window shows is taken, and not the whole page. */
  readonly isWindow?: boolean;
}

/** Takes a picture of a view once nothing in it changes any longer; what is wrong with the page. */
export async function shoot(
  browser: Browser,
  { url, prepare }: View,
  { width, colorScheme, path, isWindow = false }: Picture,
): Promise<readonly string[]> {
  const { page, faults } = await openPage(browser, new URL(url).origin, { width, colorScheme });
  try {
    await page.goto(url);
    await settle(page);
    if (prepare) {
      await prepare(page);
      await settle(page);
    }
    await page.screenshot({ path, fullPage: !isWindow });
    const isWide: boolean = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    return isWide ? [...faults, 'the page scrolls sideways'] : faults;
  } finally {
    await page.context().close();
  }
}

const quietMilliseconds = 600;
/** What moves by itself, as a training does, is not waited for. */
const mostMilliseconds = 12_000;

/** Waits until no part of the page is loading and nothing in it has changed for a while. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const begun = performance.now();
    let changed = begun;
    const observer = new MutationObserver(() => { changed = performance.now(); });
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    const timer = setInterval(() => {
      const now = performance.now();
      const isLoading = document.querySelector('.loading, .spinner, [aria-busy=true]') !== null;
      if (now - begun < ${mostMilliseconds} && (isLoading || now - changed < ${quietMilliseconds})) return;
      clearInterval(timer);
      observer.disconnect();
      resolve();
    }, 100);
  })`);
}
