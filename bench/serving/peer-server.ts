import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const peers = join(import.meta.dirname, '..', 'peers');

/** A server of `bench/peers`. */
export interface PeerServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * Starts a script of `bench/peers` that listens at the port which it is given. Undefined, and a line on standard error, where
 * there is no Python environment for it: that of the variable, else `bench/peers/.venv`.
 */
export async function startPeer(script: string, port: number, variable: string): Promise<PeerServer | undefined> {
  const python = process.env[variable] ?? join(peers, '.venv', 'bin', 'python');
  if (!existsSync(python)) {
    console.error(`Left out: ${script}, for which bench/peers/README.md says how to install Python packages`);
    return undefined;
  }
  // In a group of its own, which ends with its workers.
  const child = spawn(python, [join(peers, script), String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
  };
  for (let attempt = 0; !(await isListening(port)); attempt++) {
    if (child.exitCode !== null || attempt === 600) {
      await stop();
      throw new Error(`${script} does not listen at port ${port}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: stop };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (is: boolean) => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
