import { connect, type Socket } from 'node:net';

/** A connection on which a test says byte by byte what it wants; what came back so far, and whether the other side has ended it. */
export interface RawConnection {
  readonly socket: Socket;
  received(): string;
  /** Resolves once the other side has ended or broken it. */
  readonly closed: Promise<void>;
}

/** Connects to the service at `url` and sends the lines of a request's head, if any, and what follows. */
export async function rawRequest(url: string, lines: readonly string[] = [], body = ''): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once('connect', resolve));
  const received: Buffer[] = [];
  socket.on('data', (bytes) => received.push(bytes));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (lines.length > 0) socket.write(`${[...lines, 'host: localhost'].join('\r\n')}\r\n\r\n${body}`);
  return { socket, received: () => Buffer.concat(received).toString('latin1'), closed };
}
