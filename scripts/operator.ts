/** What scripts have in common that an operator runs beside the service. */
import { pino } from 'pino';
import { ConfigError } from '../src/config.ts';
import { BackupError, NotFoundError, StoreStartError } from '../src/store/errors.ts';

/** On standard error, and only what goes wrong: standard output may be a file. */
export const scriptLog = pino({ level: 'warn' }, pino.destination(2));

/** What was asked for is not understood; the message says what is. */
export class UsageError extends Error {}

const expected = [UsageError, ConfigError, StoreStartError, BackupError, NotFoundError];

/** Runs the script's work. What the operator can mend is said in one line. */
export async function asOperator(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!expected.some((kind) => error instanceof kind)) throw error;
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
