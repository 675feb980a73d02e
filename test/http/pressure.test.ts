import assert from 'node:assert/strict';
import perfHooks from 'node:perf_hooks';
import { mock, test } from 'node:test';
import fastify from 'fastify';

test('a loop that did not turn between two looks was behind for so long, and no more', async () => {
  // As after it was held up for all of that time.
  const unmeasured = { enable: () => true, disable: () => true, reset: () => {}, mean: Number.NaN };
  mock.method(perfHooks, 'monitorEventLoopDelay', () => unmeasured);
  const { underPressurePlugin } = await import('../../src/http/plugins/under-pressure.ts');
  mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  mock.method(performance, 'now', () => now);
  const statusWith = async (maxEventLoopDelay: number) => {
    await using app = fastify();
    await app.register(underPressurePlugin, { maxEventLoopDelay });
    app.get('/', async () => 'answered');
    await app.ready();
    // After what is overlooked at the start.
    now += 600_000;
    mock.timers.tick(1000);
    return (await app.inject('/')).statusCode;
  };
  try {
    assert.deepEqual([await statusWith(1000), await statusWith(60_000)], [503, 200]);
  } finally {
    mock.timers.reset();
    mock.restoreAll();
  }
});
