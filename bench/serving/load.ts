import { connect } from 'node:net';

/** How soon requests were answered, in milliseconds, and how many in a second. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly slowest: number;
  /** Answers with another status than 200. */
  readonly failures: number;
}

/** Posts a JSON body over so many connections, each again as soon as it is answered, for some seconds after a first one. */
export async function load(
  url: string,
  body: string,
  { connections, seconds, warmUpSeconds = 1 }: { connections: number; seconds: number; warmUpSeconds?: number },
): Promise<Load> {
  const began = performance.now() + 1000 * warmUpSeconds;
  const until = began + 1000 * seconds;
  const times: number[] = [];
  let failures = 0;
  const seen = (status: number, started: number) => {
    if (started < began) return;
    times.push(performance.now() - started);
    if (status !== 200) failures++;
  };
  await Promise.all(Array.from({ length: connections }, () => keepAsking(new URL(url), body, until, seen)));
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.floor(part * (times.length - 1))];
  return {
    requestsPerSecond: times.length / seconds,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    slowest: at(1),
    failures,
  };
}

/** One connection. The least that HTTP needs, so that the one who asks takes little of the machine. */
function keepAsking(
  { hostname, port, host, pathname, search }: URL,
  body: string,
  until: number,
  seen: (status: number, started: number) => void,
): Promise<void> {
  const request = Buffer.from(
    `POST ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.setNoDelay(true);
    let started = 0;
    let answer = '';
    const ask = () => {
      started = performance.now();
      answer = '';
      socket.write(request);
    };
    socket.on('connect', ask);
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1');
      const head = answer.indexOf('\r\n\r\n');
      if (head < 0) return;
      const [, length] = /\r\ncontent-length: *(\d+)/i.exec(answer) ?? [];
      if (length === undefined) return reject(new Error(`Expected a Content-Length, got ${answer.slice(0, head)}`));
      if (answer.length < head + 4 + Number(length)) return;
      seen(Number(answer.slice(9, 12)), started);
      if (performance.now() < until) return ask();
      socket.destroy();
      resolve();
    });
  });
}
