/** A part of the request and what is wrong with it; `path` is a JSON pointer into the body, or the parameter's. */
export interface RequestFault {
  readonly path: string;
  readonly message: string;
}

/** A request that is understood but cannot be served as it stands. */
export class RequestError extends Error {
  override name = 'RequestError';
  readonly status: 400 | 401 | 403 | 405 | 413 | 415 | 421 | 422 | 429 | 503;
  readonly code: string;
  readonly faults: readonly RequestFault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: RequestError['status'],
    code: string,
    message: string,
    { faults = [], headers = {} }: { faults?: readonly RequestFault[]; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.faults = faults;
    this.headers = headers;
  }
}
