/**
 * Ends the process at once with an exit code. `process.exit` would wait for threads that are inside a native call and then
 * abort, since the call throws into a thread that has ended. So the process becomes another program, which does nothing but
 * exit: the system ends the threads. Windows does not have that.
 */
export function endProcess(code: number): never {
  process.emit('exit', code);
  process.execve?.(process.execPath, [process.execPath, '--eval', `process.exit(${code})`], {
    ...process.env,
    NODE_OPTIONS: '',
  });
  process.exit(code);
}
