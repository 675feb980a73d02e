import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { ConfigError, loadConfig } from '../src/config.ts';

test('an empty environment serves on loopback with an embedded database', () => {
  const config = loadConfig({});
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.port, 3000);
  assert.equal(config.role, 'all');
  assert.equal(config.databaseUrl, undefined);
  assert.equal(config.dataDirectory, resolve('data'));
  assert.equal(config.logLevel, 'info');
  assert.deepEqual(config.shutdown, { delaySeconds: 0, graceSeconds: 30 });
  assert.ok(config.trainingThreads >= 1 && config.inferenceThreads >= 1);
  assert.ok(config.workerMemoryBytes > 2 ** 28 && config.workerMemoryBytes < totalmem());
});

const refused: readonly [environment: Record<string, string>, message: string][] = [
  [{ PORT: 'http' }, 'PORT=http: expected a whole number from 0 to 65535'],
  [{ PORT: '70000' }, 'PORT=70000: expected a whole number from 0 to 65535'],
  [{ PORT: '1.5' }, 'PORT=1.5: expected a whole number from 0 to 65535'],
  [{ TRAINING_THREADS: '0' }, 'TRAINING_THREADS=0: expected a whole number from 1 to 256'],
  [{ SHUTDOWN_GRACE_SECONDS: '0' }, 'SHUTDOWN_GRACE_SECONDS=0: expected a whole number from 1 to 3600'],
  [{ MAX_CATEGORIES: '0' }, 'MAX_CATEGORIES=0: expected a whole number from 1 to 10000'],
  [{ ROLE: 'boss' }, 'ROLE=boss: expected one of all, api, worker'],
  [{ ENGINE: 'abacus' }, 'ENGINE=abacus: expected one of onnx, tensorflow'],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL=loud: expected one of fatal, error, warn, info, debug, trace, silent'],
  [{ API_KEYS: 'short' }, 'API_KEYS: expected keys of at least 16 characters'],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' },
    'OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL such as http://localhost:4318',
  ],
  // The address may hold a password: it is not repeated.
  [
    { DATABASE_URL: 'mysql://a:b@c/d' },
    'DATABASE_URL: expected a URL such as postgresql://user:password@host:5432/database',
  ],
];

for (const [environment, message] of refused)
  test(`${Object.keys(environment)[0]} is refused: ${message}`, () => {
    assert.throws(
      () => loadConfig(environment),
      (error) => error instanceof ConfigError && error.message === message,
    );
  });

test('keys are separated by commas', () => {
  const config = loadConfig({ API_KEYS: '0123456789abcdef,fedcba9876543210' });
  assert.deepEqual(config.apiKeys, ['0123456789abcdef', 'fedcba9876543210']);
});

test('traces are asked for by OpenTelemetry’s own variables', () => {
  const asked = (environment: Record<string, string>) => loadConfig(environment).tracing;
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
  assert.equal(asked({}), false);
  assert.equal(asked(endpoint), true);
  assert.equal(asked({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }), true);
  assert.equal(asked({ ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }), false);
  assert.equal(asked({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }), false);
});
