/** Asks a URL fifty times a second, and posts how long each answer took. */
import { parentPort, workerData } from 'node:worker_threads';

const { url, seconds }: { url: string; seconds: number } = workerData;
const deadline = performance.now() + 1000 * seconds;
const seen: { milliseconds: number; status: number }[] = [];
while (performance.now() < deadline) {
  const started = performance.now();
  const status = await fetch(url).then(
    (response) => response.status,
    () => 0,
  );
  seen.push({ milliseconds: performance.now() - started, status });
  await new Promise((resolve) => setTimeout(resolve, 20));
}
parentPort?.postMessage(seen);
