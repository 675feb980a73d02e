import { readdir, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askForModel, type ServiceProcess } from '../../test/support/service.ts';
import type { ProxyProcess } from './proxy.ts';

/** What stands behind the proxy, and what lets a request in. */
interface Behind {
  readonly proxy: ProxyProcess;
  readonly processes: readonly ServiceProcess[];
  readonly headers: Record<string, string>;
}

const milliseconds = (since: number) => Math.round(performance.now() - since);

/** What the API's log says of requests from an address of this machine: one that is named, and one that says that it is another. */
export async function checkAddresses({ proxy, processes, headers }: Behind) {
  const ask = async (name: string, more: Record<string, string>) => {
    const asking = request(`${proxy.url}/v1/flows`, {
      localAddress: '127.0.0.9',
      headers: { ...headers, ...more, 'x-request-id': name },
    });
    asking.end();
    await new Promise((resolve) => asking.once('response', (answer) => answer.resume().once('end', resolve)));
    await sleep(500);
    const line = processes.flatMap(({ log }) => log).find((each) => each.includes(`"clientRequestId":"${name}"`));
    return /"remoteAddress":"([^"]+)"/.exec(line ?? '')?.[1];
  };
  const named = processes.flatMap(({ log }) => log).filter((line) => /"clientRequestId":"[\da-f-]{36}"/.test(line));
  return {
    client: await ask('named', {}),
    lying: await ask('lying', { 'x-forwarded-for': '203.0.113.7' }),
    requestsThatTheProxyNamed: named.length > 0,
  };
}

/** When the events of a training arrive, beside when it ends. */
export async function checkEvents({ proxy, headers }: Behind) {
  const id = await askForModel(proxy.url, { steps: 3000, patience: 3000 }, { headers, rows: 5000 });
  const begun = performance.now();
  const answer = await fetch(`${proxy.url}/v1/models/${id}/events`, { headers });
  const arrivals: number[] = [];
  for await (const _ of answer.body ?? []) arrivals.push(milliseconds(begun));
  return { pieces: arrivals.length, firstMs: arrivals[0], lastMs: arrivals.at(-1) };
}

/** When the first and the last byte of many rows come, and how much the proxy's memory grows. */
export async function checkSample({ proxy, headers }: Behind, model: string) {
  const before = await proxy.memory();
  const begun = performance.now();
  const answer = await fetch(`${proxy.url}/v1/models/${model}/sample?n=2000000&format=csv`, { headers });
  let bytes = 0;
  let pieces = 0;
  let firstMs: number | undefined;
  let most = before;
  for await (const chunk of answer.body ?? []) {
    firstMs ??= milliseconds(begun);
    bytes += chunk.length;
    if (pieces++ % 100 === 0) most = Math.max(most, await proxy.memory());
  }
  return { megabytes: Math.round(bytes / 1e6), firstMs, lastMs: milliseconds(begun), proxyGrewMiB: most - before };
}

/** Whether half of an upload of 100 MB is at the API before the other half is sent, and how much the proxy's memory grows. */
export async function checkUpload({ proxy, headers }: Behind, dataDirectory: string) {
  const line = '0.123456789,0.987654321,1\n';
  const half = line.repeat(Math.ceil(50e6 / line.length));
  const before = await proxy.memory();
  let spooled = 0;
  async function* body() {
    yield Buffer.from('x,y,z\n');
    for (let at = 0; at < half.length; at += 2 ** 20) yield Buffer.from(half.slice(at, at + 2 ** 20));
    await sleep(2000);
    spooled = await bytesIn(join(dataDirectory, 'uploads'));
    for (let at = 0; at < half.length; at += 2 ** 20) yield Buffer.from(half.slice(at, at + 2 ** 20));
  }
  const begun = performance.now();
  const answer = await fetch(`${proxy.url}/v1/datasets?name=large`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/csv' },
    body: ReadableStream.from(body()),
    duplex: 'half',
  });
  const { rowCount } = Object(await answer.json());
  return {
    ...{ status: answer.status, rowCount, ms: milliseconds(begun) },
    ...{ megabytesAtTheApiWhenHalfWasSent: Math.round(spooled / 1e6), proxyGrewMiB: (await proxy.memory()) - before },
  };
}

async function bytesIn(directory: string): Promise<number> {
  const paths = await readdir(directory, { recursive: true });
  const sizes = paths.map(async (path) => {
    const about = await stat(join(directory, path));
    return about.isFile() ? about.size : 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
