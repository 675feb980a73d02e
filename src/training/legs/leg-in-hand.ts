import type { Logger } from 'pino';
import { eventually } from '../../store/eventually.ts';
import type { TakenLeg } from '../../store/race-legs.ts';
import type { Store } from '../../store/store.ts';
import { TrainingError } from '../errors.ts';
import type { RunProgress, RunState } from '../run.ts';
import { encodeState } from './leg.ts';

/** What a leg has come to waits for a database that is away for so long: then others will have taken its worker for dead. */
const patienceMilliseconds = 10_000;

interface LegInHandOptions {
  readonly raceLegs: Store['raceLegs'];
  readonly log: Logger;
  /** How often is said that it is being trained. */
  readonly beatMilliseconds: number;
  onLost(): void;
}

/** A leg that a worker trains, and what is told of it meanwhile. */
export class LegInHand implements Disposable {
  readonly #leg: TakenLeg;
  readonly #raceLegs: Store['raceLegs'];
  readonly #log: Logger;
  readonly #onLost: () => void;
  readonly #timer: NodeJS.Timeout;
  #isLost = false;
  #beating: Promise<void> | undefined;
  #progress: RunProgress | undefined;
  #state: RunState | undefined;

  constructor(leg: TakenLeg, { raceLegs, log, beatMilliseconds, onLost }: LegInHandOptions) {
    this.#leg = leg;
    this.#raceLegs = raceLegs;
    this.#log = log;
    this.#onLost = onLost;
    this.#timer = setInterval(() => {
      this.#beating ??= this.#beat().finally(() => {
        this.#beating = undefined;
      });
    }, beatMilliseconds);
  }

  note({ progress, state }: { progress?: RunProgress; state?: RunState }): void {
    this.#progress = progress ?? this.#progress;
    this.#state = state ?? this.#state;
  }

  /** Nobody waits for it any more. */
  lose(): void {
    this.#isLost = true;
    this.#onLost();
  }

  async end(result: RunState | TrainingError): Promise<void> {
    await this.#leave(() =>
      this.#raceLegs.end(
        this.#leg,
        result instanceof TrainingError
          ? { error: { code: result.code, message: result.message } }
          : { state: encodeState(result) },
      ),
    );
  }

  async giveBack(state = this.#state): Promise<void> {
    await this.#leave(() => this.#raceLegs.giveBack(this.#leg, state && encodeState(state)));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  async #leave(write: () => Promise<void>): Promise<void> {
    clearInterval(this.#timer);
    await this.#beating;
    if (this.#isLost) return;
    const until = performance.now() + patienceMilliseconds;
    await eventually(write, () => performance.now() > until).catch((err) =>
      this.#log.warn({ err, legId: this.#leg.id }, 'what the leg of a race has come to could not be stored'),
    );
  }

  async #beat(): Promise<void> {
    const [progress, state] = [this.#progress, this.#state];
    this.#progress = undefined;
    this.#state = undefined;
    try {
      if (!(await this.#raceLegs.beat(this.#leg, progress, state && encodeState(state)))) this.lose();
    } catch (err) {
      this.#state ??= state;
      this.#log.warn({ err, legId: this.#leg.id }, 'how far the leg of a race is could not be stored');
    }
  }
}
