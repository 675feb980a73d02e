import { type Logger, pino } from 'pino';

/** The service's log: JSON lines, or readable lines when a person watches the terminal. */
export function createLog(level: string): Logger {
  if (!process.stdout.isTTY) return pino({ level });
  const options = { translateTime: 'HH:MM:ss', ignore: 'pid,hostname', singleLine: true };
  return pino({ level, transport: { target: 'pino-pretty', options } });
}
