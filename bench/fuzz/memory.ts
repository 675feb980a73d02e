import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { credentials } from '../seeds.ts';

/** What a service takes, by its own metrics. */
export interface Taken {
  readonly residentBytes: number;
  /** Its own connections to the database included. */
  readonly sockets: number;
}

/** What the service takes once it has been idle and has collected its garbage twice, as its inspector is told to. */
export async function taken(url: string, inspectorPort: number): Promise<Taken> {
  for (let round = 0; round < 2; round++) {
    await setTimeout(3000);
    await collectGarbage(inspectorPort);
  }
  const metrics = await (
    await fetch(`${url}/metrics`, { headers: { ...Object.fromEntries([credentials]), connection: 'close' } })
  ).text();
  const value = (name: string) =>
    Number(
      metrics
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );
  return {
    residentBytes: value('process_resident_memory_bytes'),
    sockets: value('nodejs_active_resources{type="TCPSocketWrap"}'),
  };
}

async function collectGarbage(port: number): Promise<void> {
  const [{ webSocketDebuggerUrl }] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const inspector = new WebSocket(webSocketDebuggerUrl);
  await once(inspector, 'open');
  inspector.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
  await once(inspector, 'message');
  inspector.close();
}
