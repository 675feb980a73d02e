import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command, as a shell has it that finds it as `pushforward`. */
export class Command {
  readonly #environment: Record<string, string | undefined>;

  private constructor(environment: Record<string, string | undefined>) {
    this.#environment = environment;
  }

  /** Puts it into a directory. */
  static async into(directory: string, environment: Record<string, string>): Promise<Command> {
    const path = join(directory, 'pushforward');
    await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    await chmod(path, 0o755);
    return new Command({ PATH: `${directory}:${process.env['PATH']}`, ...environment });
  }

  /** Runs a line of a shell to its end. */
  run(line: string, input = ''): Promise<Ended> {
    // Bash reads the user's settings where its standard input is a socket, which that of a child process is.
    const child = spawn('bash', ['--norc', '-o', 'pipefail', '-c', line], { env: this.#environment });
    child.stdin.on('error', () => {}).end(input);
    return ended(child);
  }

  /** Without a shell, so that a signal reaches it. */
  start(...argumentList: string[]): ChildProcess {
    return spawn(process.execPath, [main, ...argumentList], { env: this.#environment });
  }
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<number | null>();
  child.once('close', resolve);
  const [stdout, stderr, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), promise]);
  return { code, stdout, stderr };
}

const textOf = (stream: ChildProcess['stdout']) => (stream ? text(stream) : '');
