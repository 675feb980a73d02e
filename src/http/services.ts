import type { Config } from '../config.ts';
import type { Queue } from '../queue/queue.ts';
import type { Shadow } from '../scoring/scores.ts';
import type { OwnServing } from '../serving/own-serving.ts';
import type { Serving } from '../serving/serving.ts';
import type { Actor } from '../store/audit.ts';
import type { OwnStore, Store } from '../store/store.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { Trainer } from '../training/trainer.ts';
import type { Admissions } from './plugins/admission.ts';

/** What the service is made of, all owners' things among it. */
export interface Services {
  readonly config: Config;
  readonly store: Store;
  readonly queue: Queue;
  readonly serving: Pick<Serving, 'stats'> & { for(owner: string): Own['serving'] };
  /** Aborts when the service is about to stop: it still answers, but should be sent nothing more. */
  readonly stopping?: AbortSignal;
  /** Where this process trains, too. */
  readonly trainer?: Pick<Trainer, 'stats'> | undefined;
  readonly tracing?: Pick<Tracing, 'traceRequests' | 'traceparent'> | undefined;
}

/** What a request may work with: its owner's things, another's being as if they were not there. */
export interface Own extends OwnStore {
  readonly actor: Actor;
  readonly serving: Pick<OwnServing, keyof OwnServing>;
}

/** What routes get besides what is their request's own; a store of everybody's things they do not get. */
export interface RouteServices extends Pick<Services, 'config' | 'queue' | 'tracing'> {
  readonly store: Pick<Store, 'idempotencyKeys' | 'news' | 'processes' | 'embedded'>;
  readonly admissions: Admissions;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard, before anything else is done with the request. */
    own: Own;
    /** Where it is asked by an alias that has a shadow: takes what was scored, to have it scored by that, too. */
    shadow: Shadow | undefined;
  }
}
