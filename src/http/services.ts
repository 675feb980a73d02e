import type { Config } from '../config.ts';
import type { Queue } from '../queue/queue.ts';
import type { Serving } from '../serving/serving.ts';
import type { Store } from '../store/store.ts';
import type { Trainer } from '../training/trainer.ts';

/** What the routes work with. */
export interface Services {
  readonly config: Config;
  readonly store: Store;
  readonly queue: Queue;
  readonly serving: Pick<
    Serving,
    'encoding' | 'otherColumns' | 'calibration' | 'logProb' | 'sample' | 'onnx' | 'forget' | 'stats'
  >;
  /** Aborts when the service is about to stop: it still answers, but should be sent nothing more. */
  readonly stopping?: AbortSignal;
  /** Where this process trains, too. */
  readonly trainer?: Pick<Trainer, 'stats'> | undefined;
}
