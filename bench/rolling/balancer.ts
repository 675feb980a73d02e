import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/store/embedded/free-port.ts';

export interface Backend {
  readonly name: string;
  readonly url: string;
}

/**
 * HAProxy before several processes, in turn. It asks each for /readyz twice a second and sends nothing more to one that says no; one
 * that is slow to say yes, on a busy machine, is not taken for one that says no. Of what failed it sends again only what could not
 * be connected, so that no request is done twice.
 */
const configuration = (port: number, backends: readonly Backend[]) => `
global
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  option dontlog-normal
  option redispatch
  retries 3
  retry-on conn-failure
  timeout connect 2s
  timeout client 120s
  timeout server 120s
  timeout check 10s
frontend all
  bind 127.0.0.1:${port}
  stats enable
  stats uri /balancer
  default_backend api
backend api
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter 500ms fall 1 rise 1
${backends.map(({ name, url }) => `  server ${name} ${new URL(url).host}`).join('\n')}
`;

/** A running HAProxy. */
export class Balancer implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #logFile: string;

  private constructor(url: string, child: ChildProcess, logFile: string) {
    this.url = url;
    this.#process = child;
    this.#logFile = logFile;
  }

  /** Starts `haproxy`, which has to be installed, with its files in a directory; throws where it does not run. */
  static async start(directory: string, backends: readonly Backend[]): Promise<Balancer> {
    const port = await freePort();
    const [file, logFile] = ['haproxy.cfg', 'haproxy.log'].map((name) => join(directory, name));
    await writeFile(file, configuration(port, backends));
    const log = openSync(logFile, 'a');
    const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', log, log] });
    await once(child, 'spawn').catch((cause) => {
      throw new Error('haproxy is needed, as of `apt-get install haproxy`', { cause });
    });
    process.once('exit', () => child.kill('SIGTERM'));
    const balancer = new Balancer(`http://127.0.0.1:${port}`, child, logFile);
    await balancer.untilAllAreUp();
    return balancer;
  }

  /** Waits until it has seen every process ready. */
  async untilAllAreUp(): Promise<void> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
      const page = await fetch(`${this.url}/balancer;csv`).then(
        (answer) => answer.text(),
        () => '',
      );
      const states = page.split('\n').flatMap((line) => {
        const cells = line.split(',');
        const isProcess = cells[0] === 'api' && cells[1] !== 'BACKEND';
        return isProcess ? [cells[17]] : [];
      });
      if (states.length > 0 && states.every((state) => state === 'UP')) return;
    }
    throw new Error(`Not all processes got ready: see ${this.#logFile}`);
  }

  /** What it says of requests that came to no good end. */
  async complaints(): Promise<string[]> {
    const lines = (await readFile(this.#logFile, 'utf8')).split('\n');
    return lines.filter((line) => / all api\/| all all\//.test(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}
