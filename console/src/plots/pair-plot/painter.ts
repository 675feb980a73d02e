import type { Box, Panel } from './layout.ts';
import type { View } from './view.ts';

/** Red, green and blue, each from 0 to 1. */
export type Colour = readonly [red: number, green: number, blue: number];

/** As an attribute of an SVG has it, too. */
export const css = (colour: Colour) => `rgb(${colour.map((part) => Math.round(255 * part)).join(', ')})`;

/** What else than the view the points depend on. */
export interface Look {
  /** Of each series. */
  readonly colours: readonly Colour[];
  readonly shown: readonly boolean[];
}

/** How points are drawn so that many of them do not hide how they lie. */
export interface Dots {
  /** In pixels. */
  readonly size: number;
  readonly alpha: number;
}

/** Draws points out of sight, until `present` shows them. Lengths are in pixels of the page. */
export interface Painter {
  /** The most points that it takes in a panel. */
  readonly mostPoints: number;
  /** Of the canvas in the page. */
  resize(width: number, height: number): void;
  clear(box: Box): void;
  /** Adds points from `first` on to a panel. */
  draw(panel: Panel, view: View, look: Look, dots: Dots, range: { first: number; count: number }): void;
  present(): void;
  dispose(): void;
}

/** The more points there are in a place of this size, the smaller and fainter each. */
export function dotsFor(count: number, { width, height }: Box): Dots {
  const size = Math.min(5, Math.max(1.5, 8 - 1.3 * Math.log10(Math.max(1, count))));
  const coverage = (count * size ** 2) / (width * height);
  return { size, alpha: Math.min(0.8, Math.max(0.06, 0.8 / (1 + coverage))) };
}
