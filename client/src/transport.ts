import { errorOfResponse, unreachable } from './error.ts';
import { defaultPolicy, type RetryPolicy, sendUntilAnswered } from './retry.ts';
import { SourceError } from './streams.ts';

export interface ConnectionOptions {
  /** Where the service is, such as http://127.0.0.1:3000. */
  readonly url: string | URL;
  readonly apiKey?: string | undefined;
  /** In place of the global fetch. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** How often and when a request that may be sent again is; `{ retries: 0 }` for never. */
  readonly retry?: Partial<RetryPolicy>;
}

/** A request whose body is no JSON, or whose answer is none. */
export interface RawRequest {
  readonly method?: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the body, anew for each time that it is sent. */
  readonly body?: () => BodyInit;
  /** Whether it may be sent again: what it does is the same, or nothing, done twice, and so is its body. */
  readonly repeatable: boolean;
  readonly signal?: AbortSignal | undefined;
}

const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Sends requests to a service, with the key, and again where that is safe. */
export class Transport {
  /** Without a slash at its end. */
  readonly url: string;
  readonly #apiKey: string | undefined;
  readonly #fetch: (request: Request) => Promise<Response>;
  readonly policy: RetryPolicy;

  /** Throws TypeError where the address is none. */
  constructor({ url, apiKey, fetch = fetchOnce, retry }: ConnectionOptions) {
    const { protocol, href } = new URL(url);
    if (protocol !== 'http:' && protocol !== 'https:')
      throw new TypeError(`url: expected an address that begins with http:// or https://; got ${href}`);
    this.url = href.replace(/\/+$/, '');
    this.#apiKey = apiKey;
    this.#fetch = fetch;
    this.policy = { ...defaultPolicy, ...retry };
  }

  /**
   * As the global fetch, for requests with a body that is in memory. Idempotent methods and whatever has an Idempotency-Key are sent
   * again where there was no answer, or one of "later". Throws PushforwardError where there is no answer.
   */
  readonly fetch = (request: Request): Promise<Response> => {
    const isRepeatable = idempotent.has(request.method) || request.headers.has('idempotency-key');
    return this.#send(() => (isRepeatable ? request.clone() : request), isRepeatable, request.signal);
  };

  /** The answer, where it is one of success; throws PushforwardError where not. */
  async ask(path: string, request: RawRequest): Promise<Response> {
    const { method = 'GET', query = {}, headers = {}, body, repeatable, signal } = request;
    const url = `${this.url}${path}${queryOf(query)}`;
    const make = () => new Request(url, { method, headers, signal, ...bodyOf(body) });
    const response = await this.#send(make, repeatable, signal);
    if (!response.ok) throw await errorOfResponse(response);
    return response;
  }

  async #send(make: () => Request, isRepeatable: boolean, signal?: AbortSignal | null): Promise<Response> {
    const send = async () => {
      const request = make();
      if (this.#apiKey !== undefined) request.headers.set('authorization', `Bearer ${this.#apiKey}`);
      return this.#fetch(request);
    };
    const policy = isRepeatable ? this.policy : { ...this.policy, retries: 0 };
    try {
      return await sendUntilAnswered(() => send().catch(throwOfSource), { policy, signal });
    } catch (thrown) {
      throw thrown instanceof SourceError ? thrown.thrown : unreachable(thrown, this.url);
    }
  }
}

/** Where the rows of a body could not be read, fetch says that it failed: not so the network. */
function throwOfSource(thrown: unknown): never {
  throw thrown instanceof TypeError && thrown.cause instanceof SourceError ? thrown.cause : thrown;
}

/**
 * By the standard fetch copies a request that may be redirected, or that a window may be asked about, to send it again. Of a stream
 * the copy is kept in memory, all of it.
 */
const fetchOnce = (request: Request) => globalThis.fetch(request, { window: null });

function bodyOf(body: (() => BodyInit) | undefined): RequestInit {
  if (!body) return {};
  // The standard asks for it where a body is a stream, and TypeScript's declarations do not know it.
  const duplex = { duplex: 'half' };
  return { body: body(), redirect: 'error', ...duplex };
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined) parameters.append(name, String(each));
  return parameters.size === 0 ? '' : `?${parameters}`;
}
