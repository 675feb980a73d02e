import { pino } from 'pino';
import { loadConfig } from '../config.ts';
import { buildApp } from './app.ts';

/** The OpenAPI document as text. It needs no database: nothing is asked of the services while it is made. */
export async function openApiDocument(): Promise<string> {
  await using app = await buildApp({
    config: loadConfig({}),
    log: pino({ level: 'silent' }),
    store: absent('store'),
    queue: absent('queue'),
    serving: absent('serving'),
  });
  return `${JSON.stringify(app.swagger(), null, 2)}\n`;
}

/** What a service is replaced by where it is not used: touching it is a mistake, and says so. */
function absent<Service extends object>(name: string): Service {
  const refuse = (_target: object, key: string | symbol) => {
    throw new Error(`The ${name} is not there while the document is made, so ${String(key)} cannot be used`);
  };
  return new Proxy({}, { get: refuse }) as Service;
}
