import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreProcessMessage } from './store-process.ts';

/** A process that owns a store, and what it tells. */
export interface StoreProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  /** The next message that has this key. */
  hears<Key extends string>(key: Key): Promise<Extract<StoreProcessMessage, Record<Key, unknown>>>;
  /** As the kernel ends a process when memory is short: it cannot tidy up. */
  kill(): Promise<void>;
}

/** Starts store-process.ts, in a process group of its own so that a test can signal it as a terminal does. */
export function forkStore(place: string, behaviour: 'no work' | 'hold' | 'crash'): StoreProcess {
  const program = join(import.meta.dirname, 'store-process.ts');
  const child = fork(program, [place, behaviour], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const messages = on(child, 'message', { close: ['exit'] });
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    child,
    kill,
    async hears(key) {
      for (;;) {
        const { value, done } = await messages.next();
        if (done) throw new Error(`the process ended before it told ${key}`);
        if (key in value[0]) return value[0];
      }
    },
    async [Symbol.asyncDispose]() {
      await kill();
      const pid = await serverPid(place).catch(() => undefined);
      if (pid === undefined) return;
      process.kill(pid, 'SIGQUIT');
      await processEnd(pid);
    },
  };
}

/** The process number of the embedded server under this data directory. */
export async function serverPid(dataDirectory: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDirectory, 'postgres/postmaster.pid'), 'utf8'), 10);
}

/** Resolves once no process has this number. Throws after ten seconds. */
export async function processEnd(pid: number): Promise<void> {
  for (let wait = 0; wait < 200; wait++) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(50);
  }
  throw new Error(`process ${pid} still runs`);
}
