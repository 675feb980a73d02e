import { readdir, readFile, readlink } from 'node:fs/promises';

/** The processes of this machine that work in a directory or below it, by the number of each. */
export async function processesIn(directory: string): Promise<number[]> {
  const here = await Promise.all(
    (await pids()).map(async (pid) => {
      const at = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return at.startsWith(`${directory}/`);
    }),
  );
  return (await pids()).filter((_, index) => here[index]);
}

/** The processes that another one has started and that call themselves so. */
export async function childrenOf(parent: number, title: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await pids()) {
    const [stat, command] = await Promise.all(
      ['stat', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
    );
    // After the name, which may hold anything, come the state and the parent.
    const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(ppid) === parent && command.startsWith(title)) found.push(pid);
  }
  return found;
}

async function pids(): Promise<number[]> {
  return (await readdir('/proc')).map(Number).filter(Number.isInteger);
}
