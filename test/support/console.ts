import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { twoMoons } from './two-moons.ts';

/** Two moons and a column of categories, as text. */
export function moonsCsv(rows = 300): string {
  const values = twoMoons(rows, { noise: 0.1, seed: 1 });
  const lines = Array.from({ length: rows }, (_, row) => `${values[2 * row]},${values[2 * row + 1]},side ${row % 2}`);
  return ['x,y,side', ...lines].join('\n');
}

/** Two moons and a column of categories, as a file in a directory; its path. */
export async function moonsFile(directory: string, name = 'moons.csv'): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, moonsCsv());
  return path;
}

/** Gives a file to the page of datasets, and has it stored as it is. */
export async function storeFile(page: Page, path: string): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByRole('button', { name: 'Store' }).click();
}

/** Presses Tab until what has the focus says this. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const focused = `(({ activeElement: element }) => element.matches('a, button, input, select')
    ? element.ariaLabel ?? element.closest('label')?.textContent ?? element.textContent : '')(document)`;
  for (let press = 0; press < 60; press++) {
    await page.keyboard.press('Tab');
    if (String(await page.evaluate(focused)).includes(name)) return;
  }
  assert.fail(`After 60 presses of Tab nothing that says ${name} has the focus`);
}

/** What axe finds wrong with the page, a line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: axe.Result[] = await page.evaluate('axe.run(document).then(({ violations }) => violations)');
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** Each width that pages have to suit, in each of their colours. */
export const looks = [
  { width: 380, colorScheme: 'light' },
  { width: 380, colorScheme: 'dark' },
  { width: 1440, colorScheme: 'light' },
  { width: 1440, colorScheme: 'dark' },
] as const;

/** Fails where axe finds something wrong, or the page is wider than its window. */
export async function assertSuits(page: Page, what: string): Promise<void> {
  assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${what} is too wide`);
  assert.deepEqual(await violations(page), [], what);
}
