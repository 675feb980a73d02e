import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestApp, type TestApp } from '../support/app.ts';

const most = 2;

/** The status of a request that a proxy on this machine, which is all that connects here, sends for others. */
const statusFor =
  ({ request }: TestApp) =>
  async (clients: string) =>
    (await request.get('/v1/flows').set('x-forwarded-for', clients)).status;

test('whom a trusted proxy speaks for has a limit of its own', async () => {
  await using limited = await startTestApp({ rateLimit: most, trustProxy: ['loopback'] });
  const ask = statusFor(limited);
  for (const client of ['203.0.113.7', '2001:db8::7'])
    assert.deepEqual([await ask(client), await ask(client), await ask(client)], [200, 200, 429], client);
  assert.equal(await ask('203.0.113.8'), 200);
});

test('what a client itself says of its address is not believed, behind a proxy either', async () => {
  await using limited = await startTestApp({ rateLimit: most, trustProxy: ['loopback'] });
  const ask = statusFor(limited);
  const statuses = [1, 2, 3].map((made) => ask(`198.51.100.${made}, 203.0.113.7`));
  assert.deepEqual((await Promise.all(statuses)).sort(), [200, 200, 429]);
});

test('without a proxy that is trusted everybody is who connects', async () => {
  await using limited = await startTestApp({ rateLimit: most });
  const ask = statusFor(limited);
  assert.deepEqual([await ask('203.0.113.7'), await ask('203.0.113.8'), await ask('203.0.113.9')], [200, 200, 429]);
});
