/** While something moves a frame has to come every 33 ms; it is aimed for less. */
const slow = 24;
const quick = 19;
const aim = 20;
/** A page that was away does not draw slowly. */
const away = 500;
const fewest = 20_000;

/**
 * How many points are drawn in a frame: as many as this machine, with what it has and does, can draw while frames stay short.
 * Found by the time from one frame to the next.
 */
export class Budget {
  points = 300_000;
  #latest: number[] = [];

  /** Takes note of the milliseconds from a frame that drew so many points to the next. */
  note(milliseconds: number, drawn: number): void {
    if (milliseconds > away) return;
    this.#latest.push(milliseconds);
    if (this.#latest.length < 3) return;
    // One long frame may have had another reason.
    const [, middle] = this.#latest.sort((a, b) => a - b);
    this.#latest = [];
    if (middle > slow)
      this.points = Math.max(fewest, Math.round(Math.min(this.points, drawn) * Math.max(0.4, aim / middle)));
    else if (middle < quick && drawn > 0.8 * this.points) this.points = Math.round(1.2 * this.points);
  }
}
