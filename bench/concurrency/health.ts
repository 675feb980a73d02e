/** Asks a URL fifty times a second; posts once that it has begun, and at the end how long each answer took. */
import { parentPort, workerData } from 'node:worker_threads';

const { url, seconds }: { url: string; seconds: number } = workerData;
// Loading fetch in a new thread takes longer than any answer.
await fetch(url);
parentPort?.postMessage('watching');
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
