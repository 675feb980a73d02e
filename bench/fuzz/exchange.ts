import { connect } from 'node:net';
import type { Header } from './targets.ts';

/** A request as it goes over the line. */
export interface Wire {
  readonly bytes: Buffer;
  /** What the client does once all is sent: waits for the answer, says that nothing more comes, or goes away. */
  readonly ending: 'wait' | 'end' | 'leave';
}

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly Header[];
  readonly body: Buffer;
}

/** A well-formed request around whatever the body is. */
export function wire({ method, path, headers, body }: Sent): Wire {
  return {
    bytes: Buffer.concat([head(method, path, [...headers, ['content-length', String(body.length)]]), body]),
    ending: 'wait',
  };
}

/** The start of a request, of which the connection is not used again. */
export function head(method: string, path: string, headers: readonly Header[]): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n${lines.join('')}\r\n`,
    'latin1',
  );
}

const patienceMilliseconds = 60_000;

/**
 * Sends and takes the first answer; undefined where the connection is closed without one. Throws where neither comes in a minute.
 */
export function exchange(url: string, { bytes, ending }: Wire): Promise<Answer | undefined> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const chunks: Buffer[] = [];
    const close = () => {
      socket.destroy();
      resolve(parsed(Buffer.concat(chunks)));
    };
    socket.setTimeout(patienceMilliseconds, () => {
      socket.destroy();
      reject(new Error('no answer'));
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', close);
    // Who refuses a long body may well reset the connection after the answer.
    socket.on('error', close);
    socket.write(bytes, () => {
      if (ending === 'end') socket.end();
      if (ending === 'leave') close();
    });
  });
}

function parsed(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [start, ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const body = bytes.subarray(end + 4);
  const status = Number(start.split(' ')[1]);
  return { status, headers, body: headers.get('transfer-encoding') === 'chunked' ? dechunked(body) : body };
}

function dechunked(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const line = body.indexOf('\r\n', at);
    const length = line === -1 ? 0 : Number.parseInt(body.toString('latin1', at, line), 16);
    if (!(length > 0)) break;
    chunks.push(body.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
  return Buffer.concat(chunks);
}
