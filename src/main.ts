import closeWithGrace from 'close-with-grace';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { endProcess } from './end-process.ts';
import { createLog } from './log.ts';
import { type Service, startService } from './service.ts';
import { StoreStartError } from './store/errors.ts';

try {
  const config = loadConfig(process.env);
  const log = createLog(config.logLevel);
  let service: Service | undefined;
  let failed = false;
  const { delaySeconds, graceSeconds } = config.shutdown;
  const onTimeout = () => {
    log.warn('the time to stop is over: what still runs is given up, and training goes on from its last checkpoint');
    endProcess(failed ? 1 : 0);
  };
  closeWithGrace(
    // A little before the end: ending takes a moment, too.
    { delay: 1000 * (delaySeconds + 0.95 * graceSeconds), logger: log, onTimeout, onSecondSignal: () => endProcess(1) },
    async ({ signal, err }) => {
      failed = err !== undefined;
      if (err) log.fatal({ err }, 'stopping after an error');
      else log.info({ signal }, 'stopping');
      await service?.close();
      log.info('stopped');
    },
  );
  const onLost = (error: StoreStartError) => {
    log.fatal({ err: error }, error.message);
    endProcess(1);
  };
  service = await startService(config, log, { onLost });
  log.info(greeting(config, service));
} catch (error) {
  const message = operatorMessage(error);
  if (message === undefined) throw error;
  console.error(message);
  process.exit(1);
}

function greeting({ role }: Config, { url }: Service): string {
  if (role !== 'worker') return `Pushforward listens at ${url}, Swagger UI at ${url}/docs`;
  return ['Pushforward worker started', url && `its probes at ${url}`].filter(Boolean).join(', ');
}

/** What the operator can mend is said in one line. */
function operatorMessage(error: unknown): string | undefined {
  if (error instanceof ConfigError || error instanceof StoreStartError) return error.message;
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen')
    return `HOST and PORT, or PROBE_PORT: cannot listen there: ${error.message}`;
  return undefined;
}
