import type { Page } from 'playwright-core';
import type { View } from './views.ts';

/** Takes a picture of a view once nothing in it changes any longer: of the whole page, or of what the window shows of it. */
export async function shoot(page: Page, { url, prepare }: View, path: string, fullPage = true): Promise<void> {
  await page.goto(url);
  await settle(page);
  if (prepare) {
    await prepare(page);
    await settle(page);
  }
  await page.screenshot({ path, fullPage });
  await page.unrouteAll();
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
