/**
 * How much memory trainings need, beside what is estimated for them: each is done by a worker of its own, an API and a PostgreSQL beside
 * it, and the most that the worker's process has had resident is read from the kernel. Linux only.
 * Run: node bench/memory/run.ts [--trainings 100000x4,1000000x5,1000000x32] [--flow spline] [--batch 256] [--threads 1] [--steps 60]
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../../test/support/postgres.ts';
import { startProcess } from '../../test/support/service.ts';
import { Cluster } from '../chaos/cluster.ts';

const { values } = parseArgs({
  options: {
    trainings: { type: 'string', default: '100000x4,1000000x5,1000000x32' },
    flow: { type: 'string', default: 'spline' },
    batch: { type: 'string', default: '256' },
    threads: { type: 'string', default: '1' },
    steps: { type: 'string', default: '60' },
  },
});
const steps = Number(values.steps);
const training = { steps, evaluationSteps: Math.ceil(steps / 2), batchSize: Number(values.batch) };
const rowsAtOnce = 20_000;

await using data = await temporaryDirectory();
const cluster = await Cluster.create(data.path);
const environment = { DATA_DIR: data.path, DATABASE_URL: cluster.databaseUrl, TRAINING_THREADS: values.threads };
const lines: object[] = [];
try {
  await using api = await startProcess({ ...environment, ROLE: 'api', MAX_BODY_BYTES: String(2 ** 28) });
  for (const size of values.trainings.split(',')) {
    const [rows, columns] = size.split('x').map(Number);
    const datasetId = (await answerOf(`${api.url}/v1/datasets?name=${size}`, csv(rows, columns), 'text/csv')).id;
    const asked = JSON.stringify({ datasetId, flow: values.flow, training });
    await using worker = await startProcess({ ...environment, ROLE: 'worker' });
    const idle = await megabytes(worker.process.pid, 'VmRSS');
    const { id } = await answerOf(`${api.url}/v1/models`, asked, 'application/json');
    const model = await ended(`${api.url}/v1/models/${id}`);
    const most = await megabytes(worker.process.pid, 'VmHWM');
    const estimate = Math.round(Number(model.memoryBytes) / 1e6);
    const line = {
      size,
      flow: values.flow,
      batch: values.batch,
      status: model.status,
      estimate,
      'MB more': most - idle,
      idle,
    };
    console.error(JSON.stringify(line));
    lines.push(line);
  }
} finally {
  await cluster.stop();
}
console.table(lines);

/** Two groups of normal rows, written as they are sent. */
function csv(rows: number, columns: number): ReadableStream<Uint8Array> {
  const names = Array.from({ length: columns }, (_, column) => `x${column}`);
  let written = 0;
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const lines = written === 0 ? [names.join(',')] : [];
      for (const end = Math.min(rows, written + rowsAtOnce); written < end; written++)
        lines.push(names.map(() => ((written % 2) * 3 + normal()).toFixed(6)).join(','));
      controller.enqueue(encoder.encode(`${lines.join('\n')}\n`));
      if (written === rows) controller.close();
    },
  });
}

/** Of variance one, nearly normal. */
function normal(): number {
  return (Math.random() + Math.random() + Math.random() - 1.5) * 2;
}

interface Answer {
  readonly id: string;
  readonly status: string;
  readonly memoryBytes?: number;
}

async function answerOf(url: string, body: ReadableStream<Uint8Array> | string, type: string): Promise<Answer> {
  const init = { method: 'POST', headers: { 'content-type': type }, body, duplex: 'half' as const };
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

async function ended(url: string): Promise<Answer> {
  for (;;) {
    const model = (await (await fetch(url)).json()) as Answer;
    if (['ready', 'failed'].includes(model.status)) return model;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function megabytes(pid: number | undefined, kind: 'VmRSS' | 'VmHWM'): Promise<number> {
  const [, kilobytes] = new RegExp(`${kind}:\\s+(\\d+) kB`).exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1e3);
}
