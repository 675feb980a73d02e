import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** What is wrong with bytes that are no request, by the code of the error that Node has for them. */
const faults: Readonly<Record<string, readonly [status: number, code: string, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    'request-timeout',
    'The request did not arrive within MAX_STREAM_SECONDS, or its head within a minute.',
  ],
  HPE_HEADER_OVERFLOW: [431, 'headers-too-large', 'The head of the request is larger than 16384 bytes.'],
};
const malformed = [400, 'malformed-request', 'The bytes are not a request of HTTP/1.1.'] as const;

/** Answers as problem details what never becomes a request, and ends the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, code, detail] = faults[error.code ?? ''] ?? malformed;
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  if (socket.writable) socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  else socket.destroy();
}
