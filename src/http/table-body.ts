import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TableFormat } from '../table/ingest.ts';
import { RequestError } from './errors.ts';

/** A table on its way in. */
export interface TableBody {
  readonly stream: Readable;
  readonly format: TableFormat;
}

/** The media types in which tables are sent. */
const formats: Readonly<Record<string, TableFormat>> = { 'text/csv': 'csv', 'application/json': 'json' };

/** Lets the routes of `app` read tables as they arrive. */
export function acceptTables(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(Object.keys(formats), (_request, payload, done) => done(null, payload));
}

/** The body of a request and its format. Throws RequestError when there is none, or it is encoded. */
export function tableBody({ body, headers, mediaType }: FastifyRequest): TableBody {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new RequestError(415, 'unsupported-encoding', `Content-Encoding ${encoding}: expected none.`);
  const format = mediaType === undefined ? undefined : formats[mediaType];
  if (!(body instanceof Readable) || format === undefined)
    throw new RequestError(400, 'empty-table', `Expected a body of ${Object.keys(formats).join(' or ')}, got none.`);
  return { stream: body, format };
}

/** Aborts when the client goes away unanswered; the request's own signal does as soon as its body has been read. */
export function clientGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** Where uploads wait while they are read. */
export const spoolDirectory = (dataDirectory: string) => join(dataDirectory, 'uploads');
