/** Places in this process's training threads, given out in the order in which they are asked for. */
export class Places {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  ask(): Place {
    const { promise, resolve } = Promise.withResolvers<void>();
    const place = { isHeld: false, hasLeft: false };
    const hold = () => {
      place.isHeld = true;
      resolve();
    };
    if (this.#free > 0) {
      this.#free--;
      hold();
    } else this.#waiting.add(hold);
    return {
      held: promise,
      get isHeld() {
        return place.isHeld;
      },
      leave: () => {
        if (place.hasLeft) return;
        place.hasLeft = true;
        if (place.isHeld) this.#next();
        else this.#waiting.delete(hold);
      },
    };
  }

  /** A place, if one is free; nobody is waiting then. */
  askIfFree(): Place | undefined {
    return this.#free > 0 ? this.ask() : undefined;
  }

  /** Does the work in a place. */
  async within<Result>(work: () => Promise<Result>): Promise<Result> {
    const place = this.ask();
    await place.held;
    return work().finally(place.leave);
  }

  #next(): void {
    const [hold] = this.#waiting;
    if (!hold) {
      this.#free++;
      return;
    }
    this.#waiting.delete(hold);
    hold();
  }
}

export interface Place {
  /** Resolves when it is held; never where it was left before. */
  readonly held: Promise<void>;
  readonly isHeld: boolean;
  /** Gives it back, or waits for it no longer. */
  leave(): void;
}
