import createClient, { type Client } from 'openapi-fetch';
import { brokenAnswer, errorOf } from './error.ts';
import type { paths } from './schema.ts';
import type { Transport } from './transport.ts';
import type { TableFormat } from './types.ts';

/** Every route of the service, typed as its OpenAPI document has it: `api.GET('/v1/models/{id}', {params: {path: {id}}})`. */
export type Api = Client<paths>;

export function createApi(transport: Transport): Api {
  return createClient<paths>({ baseUrl: transport.url, fetch: transport.fetch });
}

/** What a call was answered with; throws PushforwardError where that is an error, or breaks off. */
export async function answer<Body>(call: Promise<{ data?: Body; error?: unknown; response: Response }>): Promise<Body> {
  const { data, error, response } = await call.catch((thrown) => {
    throw brokenAnswer(thrown);
  });
  if (!response.ok) throw errorOf(response.status, error);
  // An answer without a body, 204, has no data.
  return data as Body;
}

export async function jsonOf(response: Response) {
  return response.json().catch((thrown) => {
    throw brokenAnswer(thrown);
  });
}

/** The content of an answer in a format that was asked for: JSON read, another as the stream that it is. */
export async function contentOf(response: Response, format: TableFormat = 'json') {
  return format === 'json' ? jsonOf(response) : (response.body ?? new ReadableStream<Uint8Array>());
}

/** As many as the service gives in a page. */
const limit = 200;

/** The items of all pages, each asked for by its query when it is needed. */
export async function* everyItem<Item>(
  page: (query: { limit: number; cursor?: string }) => Promise<{ items: Item[]; nextCursor: string | null }>,
): AsyncGenerator<Item, void, undefined> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { items, nextCursor } = await page({ limit, ...(cursor !== undefined && { cursor }) });
    yield* items;
    cursor = nextCursor;
  }
}

/** The header by which a creation that was sent twice creates once. */
export const once = (): { 'idempotency-key': string } => ({ 'idempotency-key': randomKey() });

/** `crypto.randomUUID` is there on secure origins only, `getRandomValues` everywhere. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
