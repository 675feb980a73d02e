import { randomUUID } from 'node:crypto';
import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

type Fault = readonly [status: number, code: string, detail: string];

/** What is wrong with bytes that are no request, by the code of the error that Node has for them. */
const faults: Readonly<Record<string, Fault>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    'request-timeout',
    'The request did not arrive within MAX_STREAM_SECONDS, or its head within a minute.',
  ],
  HPE_HEADER_OVERFLOW: [431, 'headers-too-large', 'The head of the request is larger than 16384 bytes.'],
};

/** Answers as problem details what never becomes a request, which no route and no log of requests ever sees, and ends the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // After the first bytes of an answer nothing can be said.
  const gone = error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0;
  if (!gone) {
    const malformed: Fault = [
      400,
      'malformed-request',
      `What was sent is not a request of HTTP/1.1: ${error.message}.`,
    ];
    const fault = faults[error.code ?? ''] ?? malformed;
    const body = problem(fault);
    const head = [
      `HTTP/1.1 ${fault[0]} ${STATUS_CODES[fault[0]]}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }
  socket.destroySoon();
}

/** Refuses an Expect header that asks for more than to go on. */
export function refuseExpectations(app: FastifyInstance): void {
  app.server.on('checkExpectation', ({ headers }, response: ServerResponse) => {
    const detail = `Expect: ${headers.expect}: expected 100-continue, or none.`;
    const head = { 'content-type': 'application/problem+json', connection: 'close' };
    response.writeHead(417, head).end(problem([417, 'unknown-expectation', detail]));
  });
}

function problem([status, code, detail]: Fault): string {
  const instance = `urn:uuid:${randomUUID()}`;
  return JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail, instance, code });
}
