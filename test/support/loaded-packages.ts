// A process of its own that starts the service as its environment says, asks it something, stops it, and tells which files of
// packages were loaded.
import { createRequire } from 'node:module';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { startService } from '../../src/service.ts';

const service = await startService(loadConfig(process.env), pino({ level: 'silent' }));
const { status } = await fetch(`${service.url}/v1/models`);
await service.close();
process.send?.({ status, files: Object.keys(createRequire(import.meta.url).cache) });
process.disconnect();
