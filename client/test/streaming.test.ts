import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pushforward } from '../src/index.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const megabyte = 2 ** 20;
const megabytes = 256;

test('what is sent as a stream is not kept in memory', async () => {
  await using server = createServer(async (request, response) => {
    let received = 0;
    for await (const chunk of request) received += chunk.length;
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ byteCount: received }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  let most = 0;
  async function* source() {
    for (let sent = 0; sent < megabytes; sent++) {
      yield new Uint8Array(megabyte);
      if (sent % 32 !== 31) continue;
      collectGarbage();
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
  }
  const client = new Pushforward({ url: `http://127.0.0.1:${address.port}` });
  const { byteCount } = await client.datasets.upload(source);
  assert.equal(byteCount, megabytes * megabyte);
  // What is on its way takes a few.
  assert.ok(most < 64 * megabyte, `${most / megabyte} MiB of ${megabytes} were in memory`);
});
