import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryDirectory } from './support/postgres.ts';
import { rawRequest } from './support/raw-request.ts';
import { askForModel, call, main, type ServiceProcess, startProcess, waitFor } from './support/service.ts';

const endless = { steps: 1_000_000, patience: 1_000_000, budgetSeconds: 600 };

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

const stopped = async (service: ServiceProcess, signal: NodeJS.Signals = 'SIGTERM') => {
  assert.equal(await service.stop(signal), 0, service.log.slice(-5).join('\n'));
};

describe('a service that is told to stop', () => {
  test('ends with 0 at once when only idle connections are open', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path });
    const kept = await rawRequest(service.url, ['GET /healthz HTTP/1.1', 'connection: keep-alive']);
    const silent = await rawRequest(service.url);
    await until(() => kept.received().includes('alive'));
    await stopped(service);
    await Promise.all([kept.closed, silent.closed]);
    assert.ok(!service.log.some((line) => line.includes('cut off')), 'the grace had to end them');
  });

  test('says first that it is not ready, and answers as before until the delay is over', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path, SHUTDOWN_DELAY_SECONDS: '5' });
    assert.equal((await call(`${service.url}/readyz`)).status, 200);
    const ended = service.stop('SIGTERM');
    await until(() => service.log.some((line) => line.includes('"stopping"')));
    const { status, body } = await call(`${service.url}/readyz`);
    assert.equal(status, 503);
    assert.deepEqual(body.errors, [{ path: '/stopping', message: 'The service is stopping.' }]);
    assert.equal((await call(`${service.url}/v1/models`)).status, 200);
    assert.equal(await ended, 0);
  });

  test('says with each answer from then on that it is the last of its connection', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path, SHUTDOWN_DELAY_SECONDS: '5' });
    const lines = ['GET /v1/models HTTP/1.1', 'connection: keep-alive'];
    const before = await rawRequest(service.url, lines);
    await until(() => before.received().includes('"items"'));
    assert.match(before.received(), /\r\nconnection: keep-alive\r\n/i);
    const ended = service.stop('SIGTERM');
    await until(() => service.log.some((line) => line.includes('"stopping"')));
    before.socket.write(`${[...lines, 'host: localhost'].join('\r\n')}\r\n\r\n`);
    await before.closed;
    const [, first, last] = before.received().split('HTTP/1.1 ');
    assert.match(first, /^200 /);
    assert.match(last, /^200 [\s\S]*\r\nconnection: close\r\n/i);
    assert.equal(await ended, 0);
  });

  test('answers what arrives on a connection that is in use when it stops to accept', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path });
    const id = await askForModel(service.url, { steps: 20 });
    await waitFor(service.url, id, ['ready']);
    const sample = await rawRequest(service.url, [`GET /v1/models/${id}/sample?n=1000000&format=csv HTTP/1.1`]);
    await until(() => sample.received().length > 1000);
    sample.socket.pause();
    const ended = service.stop('SIGTERM');
    while (
      await fetch(`${service.url}/healthz`).then(
        () => true,
        () => false,
      )
    )
      await sleep(20);
    sample.socket.write(`GET /v1/models/${id} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
    sample.socket.resume();
    await sample.closed;
    const [, rows, model] = sample.received().split('HTTP/1.1 ');
    assert.match(rows, /^200 [\s\S]*\r\n0\r\n\r\n$/);
    assert.match(model, /^200 [\s\S]*\r\nconnection: close\r\n/i);
    assert.equal(await ended, 0);
  });

  test('ends streams of events, finishes an upload, and checkpoints a training that then goes on to its end', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path });
    const id = await askForModel(service.url, { ...endless, budgetSeconds: 4 });
    await waitFor(service.url, id, ['training']);
    const events = await rawRequest(service.url, [`GET /v1/models/${id}/events HTTP/1.1`]);
    await until(() => events.received().includes('event: progress'));
    const rows = Array.from({ length: 50 }, (_, row) => `${row},${row * row}\n`).join('');
    const csv = `x,y\n${rows}`;
    const head = ['POST /v1/datasets HTTP/1.1', 'content-type: text/csv', `content-length: ${csv.length}`];
    const upload = await rawRequest(service.url, head, csv.slice(0, 100));
    // Until it has begun to be read.
    await call(`${service.url}/v1/datasets`);
    const ended = service.stop('SIGTERM');
    await events.closed;
    assert.match(events.received(), /\r\n0\r\n\r\n$/, 'the stream was broken, not ended');
    upload.socket.write(csv.slice(100));
    assert.equal(await ended, 0);
    assert.match(upload.received(), /^HTTP\/1.1 201 /);
    await using next = await startProcess({ DATA_DIR: data.path });
    const { body } = await call(`${next.url}/v1/datasets`);
    assert.equal(body.items.length, 2);
    await waitFor(next.url, id, ['ready']);
    await stopped(next);
  });

  test('cuts off what is still streamed when the grace is nearly over, so that it does not look whole', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path, SHUTDOWN_GRACE_SECONDS: '4' });
    const id = await askForModel(service.url, { steps: 20 });
    await waitFor(service.url, id, ['ready']);
    const sample = await rawRequest(service.url, [`GET /v1/models/${id}/sample?n=10000000&format=csv HTTP/1.1`]);
    await until(() => sample.received().length > 1000);
    // Whoever reads no further would hold it up for good.
    sample.socket.pause();
    const csv = ['POST /v1/datasets HTTP/1.1', 'content-type: text/csv', 'content-length: 1000'];
    const upload = await rawRequest(service.url, csv, 'x,y\n1,2\n');
    await call(`${service.url}/v1/datasets`);
    await stopped(service);
    sample.socket.resume();
    await Promise.all([sample.closed, upload.closed]);
    assert.match(sample.received(), /^HTTP\/1.1 200 /);
    assert.doesNotMatch(sample.received(), /\r\n0\r\n\r\n$/);
    assert.equal(upload.received(), '');
    assert.ok(service.log.some((line) => line.includes('cut off')));
    await using next = await startProcess({ DATA_DIR: data.path });
    assert.equal((await call(`${next.url}/v1/datasets`)).body.items.length, 1);
    assert.equal((await call(`${next.url}/v1/models/${id}/sample?n=1`)).status, 200);
    await stopped(next);
  });

  // One step of this takes longer than the grace.
  const heavy = { layers: [{ repeat: 4, layers: [{ type: 'coupling', hidden: [2048, 2048] }] }] };

  test('gives up on a thread inside a native call, and ends with 0 all the same', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path, SHUTDOWN_GRACE_SECONDS: '1' });
    const id = await askForModel(service.url, { ...endless, batchSize: 8192 }, { flow: heavy, rows: 12_000 });
    // From its first step on it is in one call or the next.
    while (!((await call(`${service.url}/v1/models/${id}`)).body.progress?.step > 0)) await sleep(50);
    await stopped(service);
    assert.ok(
      service.log.some((line) => line.includes('is given up')),
      service.log.slice(-5).join('\n'),
    );
    await using next = await startProcess({ DATA_DIR: data.path });
    const { body } = await call(`${next.url}/v1/models/${id}`);
    assert.ok(['queued', 'training'].includes(body.status), body.status);
    await call(`${next.url}/v1/models/${id}/cancel`, { method: 'POST' });
    await next.stop('SIGKILL');
  });

  test('ends at once on a second signal', async () => {
    await using data = await temporaryDirectory();
    await using service = await startProcess({ DATA_DIR: data.path, SHUTDOWN_DELAY_SECONDS: '600' });
    const ended = once(service.process, 'exit');
    service.process.kill('SIGINT');
    await until(() => service.log.some((line) => line.includes('"stopping"')));
    service.process.kill('SIGINT');
    assert.deepEqual(await ended, [1, null]);
    await using next = await startProcess({ DATA_DIR: data.path });
    await stopped(next);
  });

  test('ends with 0 while it starts', async () => {
    await using data = await temporaryDirectory();
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: data.path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const log: string[] = [];
    child.stdout.on('data', (bytes) => log.push(String(bytes)));
    await until(() => log.join('').includes('embedded PostgreSQL started'));
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
    await using next = await startProcess({ DATA_DIR: data.path });
    await stopped(next);
  });
});
