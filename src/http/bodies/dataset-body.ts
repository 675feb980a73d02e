import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { shown } from '../../table/errors.ts';
import { RequestError } from '../errors.ts';
import { strict } from '../schemas/common.ts';
import type { TableBody } from './table-body.ts';

/** A body that names a stored dataset in place of rows. */
export const datasetBodySchema = Type.Object({ datasetId: Type.String({ format: 'uuid' }) }, strict);

/** Enough of a body to tell one that names a dataset from rows; such a body is no longer than this. */
const headBytes = 256;

/**
 * The id of the dataset that a JSON body names, or the body as it was, to be read. Throws RequestError where it names a dataset
 * and something else.
 */
export async function datasetOrRows(body: TableBody): Promise<{ datasetId: string } | { rows: TableBody }> {
  if (body.format !== 'json' || body.gzip) return { rows: body };
  const chunks = body.chunks[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  while (!ended && length < headBytes) {
    const { done, value } = await chunks.next();
    if (done) ended = true;
    else {
      head.push(value);
      length += value.length;
    }
  }
  const text = Buffer.concat(head).toString();
  if (!/^\s*\{\s*"datasetId"\s*:/.test(text)) return { rows: { ...body, chunks: after(head, chunks) } };
  const parsed = parsedOf(text);
  if (ended && Value.Check(datasetBodySchema, parsed)) return { datasetId: parsed.datasetId };
  throw new RequestError(
    400,
    'invalid-request',
    `Expected {"datasetId": "<uuid>"} and nothing else, got ${shown(text)}.`,
  );
}

function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function* after(head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
