import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { twoMoons } from './two-moons.ts';

const root = join(import.meta.dirname, '..', '..');
/** The program of the service. */
export const main = join(root, 'src', 'main.ts');

/** The service as a process of its own, on a free port; a worker without PROBE_PORT has no address. */
export interface ServiceProcess extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly url: string;
  /** What it has logged so far, a line each. */
  readonly log: readonly string[];
  /** Sends the signal and waits for the end; its exit code, or the signal that ended it. */
  stop(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Of this checkout, or of another version's. */
export async function startProcess(environment: Record<string, string>, checkout = root): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [join(checkout, 'src', 'main.ts')], {
    env: { PATH: process.env.PATH, PORT: '0', MAX_EVENT_LOOP_DELAY: '60000', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      const found =
        /Pushforward listens at (http:\S+?),|Pushforward worker started(?:, its probes at (http:[^"]+))?/.exec(line);
      if (found) resolve(found[1] ?? found[2] ?? '');
    });
    child.once('exit', (code) => reject(new Error(`The service ended with ${code}:\n${log.join('\n')}`)));
  });
  const stop = async (signal: NodeJS.Signals) => {
    // With all that it has logged.
    const ended = once(child, 'close');
    child.kill(signal);
    const [code, endedBy] = await ended;
    return code ?? endedBy;
  };
  const dispose = async () => {
    // A test that failed half-way leaves it running.
    if (child.exitCode === null && child.signalCode === null) await stop('SIGTERM');
  };
  return { process: child, url, log, stop, [Symbol.asyncDispose]: dispose };
}

/** A JSON answer with its status. */
export async function call(url: string, options: RequestInit = {}): Promise<{ status: number; body: Json }> {
  const response = await fetch(url, options);
  return { status: response.status, body: (await response.json()) as Json };
}
/** An answer whose shape the test itself asserts. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails where it is not there
type Json = any;

export function postJson(url: string, body: object, headers: Record<string, string> = {}) {
  const type = { 'content-type': 'application/json' };
  return call(url, { method: 'POST', headers: { ...type, ...headers }, body: JSON.stringify(body) });
}

/** On a busy machine the service turns requests away for a while after its start: asks until it does not. */
export async function untilTaken<Answer extends { status: number }>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
    await setTimeout(500);
  }
}

/** Uploads two moons and asks for a model, of a flow that is quick to train where no other is named; its id. */
export async function askForModel(
  url: string,
  training: object,
  {
    flow = 'real-nvp',
    rows = 600,
    headers = {},
  }: { flow?: unknown; rows?: number; headers?: Record<string, string> } = {},
): Promise<string> {
  const values = twoMoons(rows, { noise: 0.1, seed: 1 });
  const lines = Array.from({ length: rows }, (_, row) => `${values[2 * row]},${values[2 * row + 1]}`);
  const dataset = await untilTaken(() =>
    call(`${url}/v1/datasets?name=moons`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'text/csv' },
      body: ['x,y', ...lines].join('\n'),
    }),
  );
  assert.equal(dataset.status, 201, JSON.stringify(dataset.body));
  const asked = { datasetId: dataset.body.id, flow, training };
  const model = await untilTaken(() => postJson(`${url}/v1/models`, asked, headers));
  assert.equal(model.status, 202, JSON.stringify(model.body));
  return model.body.id;
}

/** Waits until a model has one of the states; fails when that takes longer than `seconds`. */
export async function waitFor(
  url: string,
  id: string,
  states: readonly string[],
  seconds = 60,
  headers: Record<string, string> = {},
): Promise<Json> {
  const deadline = performance.now() + 1000 * seconds;
  for (;;) {
    const { body } = await call(`${url}/v1/models/${id}`, { headers });
    if (states.includes(body.status)) return body;
    assert.ok(
      performance.now() < deadline,
      `After ${seconds} s the model is ${body.status}: ${JSON.stringify(body.error)}`,
    );
    await setTimeout(100);
  }
}
