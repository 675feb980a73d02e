import type { Budget } from './budget.ts';
import type { Layout, Panel } from './layout.ts';
import { dotsFor, type Look, type Painter } from './painter.ts';
import type { PairTable } from './table.ts';
import { isSame, type View } from './view.ts';

/** For how many milliseconds nothing has to have moved before all points are drawn. */
const restMilliseconds = 120;

/** What is wanted to be seen. */
export interface Wish {
  readonly view: View;
  readonly look: Look;
}

interface Picture {
  readonly panel: Panel;
  /** What it shows, or will when it is drawn. */
  wish: Wish | undefined;
  /** How many of the points it is drawn of, and how many of them are drawn. */
  total: number;
  done: number;
}

/**
 * Draws the panels that have changed, a frame at a time. While the view moves each frame has as many points as the budget allows,
 * the same ones each time; when it rests the panels are drawn anew with all of them, over as many frames as it takes and out of
 * sight until they are complete.
 */
export class Scene {
  readonly #painter: Painter;
  readonly #table: PairTable;
  readonly #budget: Budget;
  readonly #pictures: readonly Picture[];
  readonly #most: number;
  #changedAt = 0;
  #frame: { at: number; drawn: number } | undefined;

  constructor(painter: Painter, table: PairTable, { panels, width, height }: Layout, budget: Budget) {
    this.#painter = painter;
    this.#table = table;
    this.#budget = budget;
    this.#most = Math.min(table.count, painter.mostPoints);
    this.#pictures = panels.map((panel) => ({ panel, wish: undefined, total: 0, done: 0 }));
    painter.resize(width, height);
  }

  /** How many points there are in the panel that has fewest of them. */
  get points(): number {
    return Math.min(...this.#pictures.map(({ done }) => done));
  }

  /** Draws what can be drawn in a frame at this time, in milliseconds; whether a next one is needed. */
  frame(now: number, wish: Wish): boolean {
    if (this.#frame && this.#frame.drawn > 0) this.#budget.note(now - this.#frame.at, this.#frame.drawn);
    const isChanged = this.#pictures.some((picture) => !shows(picture, wish));
    if (isChanged) this.#changedAt = now;
    const drawn = isChanged ? this.#move(wish) : now - this.#changedAt < restMilliseconds ? 0 : this.#refine(wish);
    this.#frame = { at: now, drawn };
    // How long a frame took is told by the next one.
    const isLeft = drawn > 0 || !this.#isComplete();
    if (!isLeft) this.#frame = undefined;
    return isLeft;
  }

  /** Everything at once, however long it takes. */
  complete(wish: Wish): void {
    for (const picture of this.#pictures) {
      this.#begin(picture, wish, this.#most);
      this.#add(picture, this.#most);
    }
    this.#painter.present();
  }

  /** A part of the points, at once. */
  #move(wish: Wish): number {
    const stale = this.#pictures.filter((picture) => !shows(picture, wish) || picture.done < picture.total);
    const each = Math.min(this.#most, Math.ceil(this.#budget.points / stale.length));
    for (const picture of stale) {
      this.#begin(picture, wish, each);
      this.#add(picture, each);
    }
    this.#painter.present();
    return each * stale.length;
  }

  /** More of all points. */
  #refine(wish: Wish): number {
    if (this.#isComplete()) return 0;
    let room = this.#budget.points;
    for (const picture of this.#pictures) {
      if (picture.total < this.#most) this.#begin(picture, wish, this.#most);
      room -= this.#add(picture, room);
      if (room <= 0) break;
    }
    if (this.#isComplete()) this.#painter.present();
    return this.#budget.points - Math.max(0, room);
  }

  #isComplete(): boolean {
    return this.#pictures.every(({ total, done }) => total === this.#most && done === total);
  }

  #begin(picture: Picture, wish: Wish, total: number): void {
    picture.wish = wish;
    picture.total = total;
    picture.done = 0;
    this.#painter.clear(picture.panel);
  }

  #add(picture: Picture, most: number): number {
    const { panel, wish, total, done } = picture;
    const count = Math.min(most, total - done);
    if (!wish || count <= 0) return 0;
    const dots = dotsFor(total * this.#shownPart(wish), panel);
    this.#painter.draw(panel, wish.view, wish.look, dots, { first: done, count });
    picture.done += count;
    return count;
  }

  #shownPart({ look }: Wish): number {
    const shown = this.#table.series.reduce((sum, { count }, index) => sum + (look.shown[index] ? count : 0), 0);
    return shown / Math.max(1, this.#table.count);
  }
}

const shows = ({ panel: { across, up }, wish: shown }: Picture, { view, look }: Wish): boolean =>
  shown !== undefined &&
  shown.look === look &&
  isSame(shown.view[across], view[across]) &&
  isSame(shown.view[up], view[up]);
