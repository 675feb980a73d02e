import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const configuration = join(import.meta.dirname, '..', '..', 'deploy', 'compose', 'Caddyfile');
const address = '127.0.0.1:34100';

export interface ProxyProcess extends AsyncDisposable {
  readonly url: string;
  /** The memory that it has, in MiB. */
  memory(): Promise<number>;
}

/** The proxy of docker-compose.yml as a process, in front of these addresses. */
export async function startProxy(upstreams: readonly string[]): Promise<ProxyProcess> {
  const program = process.env.CADDY ?? 'caddy';
  const child = spawn(program, ['run', '--config', configuration, '--adapter', 'caddyfile'], {
    env: { PATH: process.env.PATH, HOME: '/tmp', LISTEN: `http://${address}`, UPSTREAMS: upstreams.join(' ') },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const url = `http://${address}`;
  while (!(await fetch(`${url}/readyz`).catch(() => undefined))?.ok) await sleep(100);
  const memory = async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
  };
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { url, memory, [Symbol.asyncDispose]: stop };
}
