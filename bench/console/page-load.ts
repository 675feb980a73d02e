import type { Browser, CDPSession } from 'playwright-core';

/** How fast the line and the processor are; as they are where nothing is said. */
export interface Conditions {
  readonly name: string;
  readonly bitsPerSecond?: number;
  /** Milliseconds that each request waits. */
  readonly latency?: number;
  readonly slowdown?: number;
}

/** A file as it came over the wire, its head among its bytes. */
interface LoadedFile {
  readonly path: string;
  readonly bytes: number;
  readonly encoding: string;
}

interface LongTask {
  /** From the beginning of the navigation, as all times here. */
  readonly start: number;
  readonly duration: number;
}

/** How a page was loaded; in milliseconds. */
export interface Load {
  readonly files: readonly LoadedFile[];
  readonly bytes: number;
  readonly firstContentfulPaint: number;
  readonly longTasks: readonly LongTask[];
  /**
   * When it is there for good: the end of the last long task (more than 50 ms) before five seconds without one and without a
   * request, or the first contentful paint where there was none after it.
   */
  readonly interactive: number;
}

const quietMilliseconds = 5000;

/** Kept by the page itself: it sees tasks that come before anything else can ask for them. */
const watchTasks = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime: start, duration } of list.getEntries()) longTasks.push({ start, duration });
  }).observe({ type: 'longtask', buffered: true });
`;

/** Loads a page in a fresh profile, with nothing cached. */
export async function loadPage(browser: Browser, url: string, conditions: Conditions): Promise<Load> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    const requests = await watchRequests(session);
    await throttle(session, conditions);
    await page.addInitScript(watchTasks);
    await page.goto(url, { waitUntil: 'load' });
    const longTasks = async (): Promise<LongTask[]> => page.evaluate('longTasks');
    const now = async (): Promise<number> => page.evaluate('performance.now()');
    for (;;) {
      const last = (await longTasks()).at(-1);
      const busyUntil = Math.max(last ? last.start + last.duration : 0, await requests.lastEnd(now));
      const rest = busyUntil + quietMilliseconds - (await now());
      if (rest <= 0) break;
      await page.waitForTimeout(rest);
    }
    const firstContentfulPaint: number = await page.evaluate(
      `performance.getEntriesByName('first-contentful-paint')[0].startTime`,
    );
    const tasks = await longTasks();
    const end = Math.max(0, ...tasks.map(({ start, duration }) => start + duration));
    return {
      files: requests.files(),
      bytes: requests.files().reduce((sum, { bytes }) => sum + bytes, 0),
      firstContentfulPaint,
      longTasks: tasks,
      interactive: Math.max(firstContentfulPaint, end),
    };
  } finally {
    await context.close();
  }
}

/** What is asked for and comes, as the network of the browser counts it. */
async function watchRequests(session: CDPSession) {
  const files = new Map<string, LoadedFile>();
  let endedAt = performance.now();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    const { pathname, search } = new URL(request.url);
    files.set(requestId, { path: pathname + search, bytes: 0, encoding: '' });
  });
  session.on('Network.responseReceived', ({ requestId, response }) => {
    const file = files.get(requestId);
    const headers = new Map(Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]));
    if (file) files.set(requestId, { ...file, encoding: headers.get('content-encoding') ?? 'none' });
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const file = files.get(requestId);
    if (file) files.set(requestId, { ...file, bytes: encodedDataLength });
    endedAt = performance.now();
  });
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  return {
    files: () => [...files.values()],
    /** When the last request ended, by the clock of the page. */
    lastEnd: async (now: () => Promise<number>) => endedAt - performance.now() + (await now()),
  };
}

async function throttle(session: CDPSession, { bitsPerSecond, latency = 0, slowdown }: Conditions): Promise<void> {
  if (bitsPerSecond !== undefined) {
    const throughput = bitsPerSecond / 8;
    const line = { offline: false, latency, downloadThroughput: throughput, uploadThroughput: throughput };
    await session.send('Network.emulateNetworkConditions', line);
  }
  if (slowdown !== undefined) await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
}
