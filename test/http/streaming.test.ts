import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { readyModel, startTestApp, type TestApp } from '../support/app.ts';
import { readParquet } from '../support/parquet.ts';

let service: TestApp;
let id: string;
let url: string;
before(async () => {
  service = await startTestApp();
  id = await readyModel(service);
  await service.app.listen({ port: 0 });
  url = `http://127.0.0.1:${(service.app.server.address() as AddressInfo).port}/v1/models/${id}`;
});
after(() => service[Symbol.asyncDispose]());

const peak = -Math.log(2 * Math.PI);
const rowCount = 100_000;
const lines = (row: (index: number) => string) => Array.from({ length: rowCount }, (_, index) => row(index)).join('');

async function post(query: string, type: string, body: string): Promise<Response> {
  return fetch(`${url}/log-prob${query}`, { method: 'POST', headers: { 'content-type': type }, body });
}

const x = (index: number) => (index % 5) / 2;
const logProb = (index: number) => peak - x(index) ** 2 / 2;

const bodies = {
  'text/csv': `x,y\n${lines((index) => `${x(index)},0\n`)}`,
  'application/x-ndjson': lines((index) => `[${x(index)},0]\n`),
  'application/json': `{"rows":[${lines((index) => `[${x(index)},0],`).slice(0, -1)}]}`,
};

for (const [type, body] of Object.entries(bodies))
  test(`many rows are scored and answered in order: ${type}`, async () => {
    const response = await post('?format=csv', type, body);
    assert.equal(response.status, 200);
    const [header, ...values] = (await response.text()).trimEnd().split('\n');
    assert.equal(header, 'logProb');
    assert.equal(values.length, rowCount);
    for (let row = 0; row < rowCount; row++) assert.equal(Number(values[row]), logProb(row));
  });

test('in JSON what is wrong follows all the log-densities, however many', async () => {
  const body = lines((index) => (index % 2 === 0 ? '[0,0]\n' : '["a",0]\n'));
  const answer = await (await post('', 'application/x-ndjson', body)).text();
  assert.ok(answer.indexOf('"problems"') > answer.lastIndexOf(`${peak}`));
  const { logProb, problems } = JSON.parse(answer);
  assert.equal(logProb.length, rowCount);
  assert.ok(logProb.every((value: unknown, row: number) => value === (row % 2 === 0 ? peak : null)));
  assert.ok(problems.every(({ row }: { row: number }, index: number) => row === 2 * index + 1));
  assert.equal(problems.length, rowCount / 2);
  assert.deepEqual(await service.uploads(), []);
});

test('many scores in Parquet are several row groups', async () => {
  const response = await post(
    '?format=parquet',
    'application/x-ndjson',
    lines((index) => `[${x(index)},0]\n`).repeat(8),
  );
  const { rows } = await readParquet(Buffer.from(await response.arrayBuffer()));
  assert.equal(rows.length, 8 * rowCount);
  assert.ok(rows.every(([value], row) => value === logProb(row)));
});

const damaged = `${lines(() => '[0,0]\n')}no JSON\n`;

for (const format of ['json', 'csv', 'ndjson', 'parquet'])
  test(`a line that is no JSON, after the answer has begun, breaks the connection: ${format}`, async () => {
    // As Parquet, one row group must have been sent.
    const response = await post(
      `?format=${format}`,
      'application/x-ndjson',
      lines(() => '[0,0]\n').repeat(6) + damaged,
    );
    assert.equal(response.status, 200);
    await assert.rejects(response.arrayBuffer());
  });

test('before it has begun, and anywhere with strict, it is answered as an error', async () => {
  const early = await post('?format=csv', 'application/x-ndjson', '[0,0]\nno JSON\n');
  assert.equal(early.status, 400);
  assert.match(Object(await early.json()).detail, /^Line 2 is not valid JSON/);
  const late = await post('?format=csv&strict=true', 'application/x-ndjson', damaged);
  assert.equal(late.status, 400);
  assert.match(Object(await late.json()).detail, /^Line 100001 is not valid JSON/);
  const cell = await post('?strict=true', 'application/x-ndjson', `${lines(() => '[0,0]\n')}[0,"a"]\n`);
  assert.equal(cell.status, 422);
  assert.deepEqual(await service.uploads(), []);
});

test('a client that reads nothing before it has sent all its rows gets all its scores', async () => {
  const request = httpRequest(`${url}/log-prob?format=ndjson`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
  });
  const answered: Promise<IncomingMessage[]> = once(request, 'response');
  // Far more than sockets hold, in either direction.
  const body = Buffer.from(lines(() => '[0,0]\n').repeat(4));
  let sent = 0;
  for (let start = 0; start < body.length; start += 65_536) {
    const chunk = body.subarray(start, start + 65_536);
    sent += chunk.length;
    if (!request.write(chunk)) await once(request, 'drain');
  }
  request.end();
  assert.equal(sent, body.length);
  const [response] = await answered;
  const answer = await text(response);
  assert.equal(answer.length, 4 * rowCount * `{"logProb":${peak}}\n`.length);
  assert.deepEqual(await service.uploads(), []);
});

test('a client that goes away stops the work, and one that reads slowly slows it', async () => {
  let drawn = 0;
  await using other = await startTestApp({
    serve: (serving) => ({
      ...serving,
      async sample(_id, { n }) {
        drawn += n;
        return new Float64Array(2 * n);
      },
    }),
  });
  const path = `/v1/models/${await readyModel(other)}/sample?n=10000000&format=csv`;
  await other.app.listen({ port: 0 });
  const request = httpRequest({ port: Object(other.app.server.address()).port, path });
  const answered: Promise<IncomingMessage[]> = once(request, 'response');
  request.end();
  const [response] = await answered;
  await once(response, 'readable');
  await settled(() => drawn);
  // What sockets hold, and not a hundredth of what was asked for.
  assert.ok(drawn < 4_000_000, `${drawn}`);
  response.destroy();
  await settled(() => drawn);
  const after = drawn;
  await setTimeout(50);
  assert.equal(drawn, after);
});

/** Waits until a count does not change any more. */
async function settled(count: () => number): Promise<void> {
  for (let last = -1; last !== count(); ) {
    last = count();
    await setTimeout(100);
  }
}

test('samples do not depend on the blocks in which they are drawn', async () => {
  const rows = async (n: number, format: string) =>
    (await fetch(`${url}/sample?n=${n}&seed=5&format=${format}`)).text();
  const [few, many] = [await rows(10, 'csv'), await rows(20_000, 'csv')];
  assert.ok(many.startsWith(few));
  assert.equal(many.trimEnd().split('\n').length, 20_001);
  const json = JSON.parse(await rows(20_000, 'json'));
  assert.equal(`x,y\n${json.rows.map((row: number[]) => `${row}\n`).join('')}`, many);
});
