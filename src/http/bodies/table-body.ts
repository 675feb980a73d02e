import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TableFormat } from '../../table/spool.ts';
import { RequestError } from '../errors.ts';

/** A table on its way in. */
export interface TableBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly format: TableFormat;
  /** Whether the chunks are compressed. */
  readonly gzip: boolean;
}

/** The media types in which tables are sent, and how the names of such files end. */
const formats: readonly { readonly format: TableFormat; readonly type: string; readonly endings: readonly string[] }[] =
  [
    { format: 'csv', type: 'text/csv', endings: ['.csv'] },
    { format: 'json', type: 'application/json', endings: ['.json'] },
    { format: 'ndjson', type: 'application/x-ndjson', endings: ['.ndjson', '.jsonl'] },
    { format: 'parquet', type: 'application/vnd.apache.parquet', endings: ['.parquet'] },
  ];
export const tableTypes = formats.map(({ type }) => type);
export const tableEndings = formats.flatMap(({ endings }) => endings);

/** The format of a media type. */
export function formatOfType(mediaType: string | undefined): TableFormat | undefined {
  return formats.find(({ type }) => type === mediaType)?.format;
}

/** The format of a file by its name. */
export function formatOfName(name: string): TableFormat | undefined {
  return formats.find(({ endings }) => endings.some((ending) => name.endsWith(ending)))?.format;
}

/** Lets the routes of `app` read tables as they arrive. */
export function acceptTables(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(tableTypes, (_request, payload, done) => done(null, payload));
  // Many clients read the answer only when all is sent, so what is left of a table that was refused is let in.
  app.addHook('onResponse', async ({ raw }) => void raw.resume());
}

/** The body of a request and its format. Throws RequestError when there is none, or it is encoded in another way than gzip. */
export function tableBody({ body, headers, mediaType }: FastifyRequest): TableBody {
  const encoding = headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding))
    throw new RequestError(415, 'unsupported-encoding', `Content-Encoding ${encoding}: expected gzip or none.`);
  const format = formatOfType(mediaType);
  if (!(body instanceof Readable) || format === undefined)
    throw new RequestError(400, 'empty-table', `Expected a body of ${tableTypes.join(' or ')}, got none.`);
  // The answer goes out over the socket that the body comes in by, so it is not destroyed when reading ends early.
  return { chunks: body.iterator({ destroyOnReturn: false }), format, gzip: encoding !== 'identity' };
}

/** Aborts when the client goes away unanswered; the request's own signal does as soon as its body has been read. */
export function clientGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  if (raw.destroyed) gone.abort();
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
