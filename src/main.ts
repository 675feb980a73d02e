import closeWithGrace from 'close-with-grace';
import { ConfigError, loadConfig } from './config.ts';
import { createLog } from './log.ts';
import { startService } from './service.ts';
import { StoreStartError } from './store/errors.ts';

/** The longest that a shutdown may take before the process ends all the same. */
const graceMilliseconds = 30_000;

try {
  const config = loadConfig(process.env);
  const log = createLog(config.logLevel);
  const service = await startService(config, log);
  if (service.url) log.info(`Pushforward listens at ${service.url}, Swagger UI at ${service.url}/docs`);
  closeWithGrace({ delay: graceMilliseconds, logger: log }, async ({ signal, err }) => {
    if (err) log.fatal({ err }, 'stopping after an error');
    else log.info({ signal }, 'stopping');
    await service.close();
    log.info('stopped');
  });
} catch (error) {
  const message = operatorMessage(error);
  if (message === undefined) throw error;
  console.error(message);
  process.exitCode = 1;
}

/** What the operator can mend is said in one line. */
function operatorMessage(error: unknown): string | undefined {
  if (error instanceof ConfigError || error instanceof StoreStartError) return error.message;
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen')
    return `HOST and PORT: cannot listen there: ${error.message}`;
  return undefined;
}
