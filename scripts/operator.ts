/** What scripts have in common that an operator runs beside the service. */
import { pino } from 'pino';
import { ConfigError } from '../src/config.ts';
import { BackupError, StoreStartError } from '../src/store/errors.ts';

/** On standard error, and only what goes wrong: standard output may be a file. */
export const scriptLog = pino({ level: 'warn' }, pino.destination(2));

/** Runs the script's work. What the operator can mend is said in one line. */
export async function asOperator(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const known = error instanceof ConfigError || error instanceof StoreStartError || error instanceof BackupError;
    if (!known) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
