import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const ip = (...parameters: string[]) => execute('ip', parameters);

export const subnet = '10.77.0';

/**
 * Machines, each a network namespace with an address of its own and a cable to a switch, a bridge in a further one; none has a way
 * to anywhere else. A cable can be pulled at the switch: nobody is told, packets are no longer there.
 */
export class Network implements AsyncDisposable {
  readonly prefix: string;
  /** Why packets are not late, where the kernel cannot do that. */
  delayFault: string | undefined;

  /** The network that another process has made, by its prefix. */
  constructor(prefix: string) {
    this.prefix = prefix;
  }

  static async create(): Promise<Network> {
    const network = new Network(`pf${process.pid}`);
    await network.#namespace('switch');
    await network.#in('switch', 'link', 'add', 'bridge', 'type', 'bridge');
    await network.#in('switch', 'link', 'set', 'bridge', 'up');
    return network;
  }

  /** Adds a machine; what it sends is late by so many milliseconds. */
  async add(name: string, delayMilliseconds: number): Promise<string> {
    const address = `${subnet}.${(await this.#namespaces()).length}`;
    await this.#namespace(name);
    await ip(
      'link',
      'add',
      'eth0',
      'netns',
      this.#name(name),
      'type',
      'veth',
      'peer',
      name,
      'netns',
      this.#name('switch'),
    );
    await this.#in('switch', 'link', 'set', name, 'master', 'bridge', 'up');
    await this.#in(name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    await this.#in(name, 'link', 'set', 'eth0', 'up');
    const delay = [
      '-n',
      this.#name(name),
      'qdisc',
      'add',
      'dev',
      'eth0',
      'root',
      'netem',
      'delay',
      `${delayMilliseconds}ms`,
    ];
    await execute('tc', delay).catch((error) => {
      this.delayFault = String(error.stderr ?? error).trim();
    });
    return address;
  }

  /** A cable from one machine to another past the switch; their addresses at it. */
  async connect(one: string, other: string): Promise<[string, string]> {
    const ends: [string, string] = ['10.78.0.1', '10.78.0.2'];
    await ip(
      'link',
      'add',
      `to-${other}`,
      'netns',
      this.#name(one),
      'type',
      'veth',
      'peer',
      `to-${one}`,
      'netns',
      this.#name(other),
    );
    for (const [place, [from, to]] of [
      [one, other],
      [other, one],
    ].entries()) {
      await this.#in(from, 'address', 'add', `${ends[place]}/30`, 'dev', `to-${to}`);
      await this.#in(from, 'link', 'set', `to-${to}`, 'up');
    }
    return ends;
  }

  /** Pulls the cable of a machine at the switch. */
  cut = (name: string) => this.#in('switch', 'link', 'set', name, 'down');
  heal = (name: string) => this.#in('switch', 'link', 'set', name, 'up');
  /** Pulls or mends what `connect` made, at the far end from `from`. */
  setCable = (from: string, to: string, state: 'up' | 'down') => this.#in(to, 'link', 'set', `to-${from}`, state);

  /** Starts a program on a machine. */
  spawn(name: string, command: readonly string[], env: NodeJS.ProcessEnv, output: 'pipe' | 'inherit' = 'pipe') {
    const stdio = ['ignore', output, 'inherit'] as const;
    return spawn('ip', ['netns', 'exec', this.#name(name), ...command], { env, stdio: [...stdio] });
  }

  async #namespaces(): Promise<string[]> {
    const names = (await ip('netns', 'list')).stdout.split('\n').map((line) => line.split(' ')[0]);
    return names.filter((name) => name.startsWith(`${this.prefix}-`));
  }

  async #namespace(name: string): Promise<void> {
    await ip('netns', 'add', this.#name(name));
    await this.#in(name, 'link', 'set', 'lo', 'up');
  }

  #in(name: string, ...parameters: string[]) {
    return ip('-n', this.#name(name), ...parameters);
  }

  #name(name: string): string {
    return `${this.prefix}-${name}`;
  }

  /** Ends whatever still runs on the machines, and removes them. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of await this.#namespaces()) {
      const { stdout } = await ip('netns', 'pids', name);
      for (const pid of stdout.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
      await ip('netns', 'delete', name);
    }
  }
}

/** A program that runs on a machine, and the lines that it has said. */
export class Running {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(line));
  }

  /** Waits for a line that fits; throws where the program ends before. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (let place = 0; ; place++) {
      while (place >= this.lines.length) {
        if (this.#child.exitCode !== null) throw new Error(`It ended:\n${this.lines.slice(-5).join('\n')}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const found = pattern.exec(this.lines[place]);
      if (found) return found;
    }
  }

  /** The lines of the log that fit, as objects. */
  logged(pattern: RegExp): Record<string, unknown>[] {
    return this.lines.filter((line) => line.startsWith('{') && pattern.test(line)).map((line) => JSON.parse(line));
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }
}
