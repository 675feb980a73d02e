import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Limits } from '../../config.ts';
import { formatOfType } from '../bodies/table-body.ts';
import { RequestError } from '../errors.ts';

/** Places for requests that are being answered; who finds none is told to come again. */
class Admission {
  #taken = 0;
  readonly #most: number;
  readonly #limit: string;
  readonly #doing: string;

  /** `limit` is the variable that `most` comes from, and `doing` what takes the places. */
  constructor(most: number, limit: string, doing: string) {
    this.#most = most;
    this.#limit = limit;
    this.#doing = doing;
  }

  /** Takes a place until the answer ends or the client is gone. Throws RequestError. */
  enter(reply: FastifyReply): void {
    // It went while its key was looked up: nothing would give its place back.
    if (reply.raw.destroyed) return;
    if (this.#taken >= this.#most) {
      const detail = `As many ${this.#doing} as ${this.#limit}=${this.#most} allows: try again after the time in Retry-After.`;
      throw new RequestError(503, 'overloaded', detail, { headers: { 'retry-after': '1' } });
    }
    this.#taken++;
    // It comes in any case, be the client gone or answered.
    reply.raw.once('close', () => this.#taken--);
  }
}

/** What may be done at once, each up to a limit of its own. */
export interface Admissions {
  readonly inferences: Admission;
  readonly uploads: Admission;
  readonly eventStreams: Admission;
}

/** The places of one service. */
export function createAdmissions({ maxInferenceRequests, maxUploads, maxEventStreams }: Limits): Admissions {
  return {
    inferences: new Admission(maxInferenceRequests, 'MAX_INFERENCE_REQUESTS', 'requests are being scored or sampled'),
    uploads: new Admission(maxUploads, 'MAX_UPLOADS', 'tables are being uploaded'),
    eventStreams: new Admission(maxEventStreams, 'MAX_EVENT_STREAMS', 'models are being followed'),
  };
}

/** Turns away requests to `app`'s routes that find no place; `asks` tells which requests need one. */
export function admit(app: FastifyInstance, admission: Admission, asks = (_request: FastifyRequest) => true): void {
  app.addHook('onRequest', async (request, reply) => {
    if (asks(request)) admission.enter(reply);
  });
}

/** Whether a request's rows are of a format that waits on disk until all of them are there. */
export function isSpooled({ headers }: FastifyRequest): boolean {
  const format = formatOfType(headers['content-type']?.split(';', 1)[0].trim().toLowerCase());
  return format === 'csv' || format === 'parquet';
}
