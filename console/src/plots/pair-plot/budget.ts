/** While something moves a frame has to come every 33 ms; it is aimed for less. */
const slow = 24;
const quick = 19;
const aim = 20;
const fewest = 15_000;

/**
 * How many points are drawn in a frame: as many as this machine, with what it has and does, can draw while frames stay short.
 * Found by the time from one frame to the next.
 */
export class Budget {
  points = 100_000;

  /** Takes note of the milliseconds from a frame that drew so many points to the next. */
  note(milliseconds: number, drawn: number): void {
    if (milliseconds > slow)
      this.points = Math.max(fewest, Math.round(Math.min(this.points, drawn) * Math.max(0.5, aim / milliseconds)));
    else if (milliseconds < quick && drawn > 0.8 * this.points) this.points = Math.round(1.1 * this.points);
  }
}
