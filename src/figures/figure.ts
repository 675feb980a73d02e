import type { PlotOptions } from '@observablehq/plot';

/** Observable Plot, as whoever draws has loaded it: it is large. */
export type PlotLibrary = typeof import('@observablehq/plot');

/** Something to be seen, without a word on where: a page draws it, and a report. Its colours are those of colours.css. */
export interface Figure {
  /** What is to be seen, for those who do not see it. */
  readonly label: string;
  readonly height: number;
  /** What its lines are, where there are several. */
  readonly legend?: readonly LegendEntry[];
  readonly options: (plot: PlotLibrary) => PlotOptions;
}

export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  readonly mark: 'line' | 'dashed' | 'area' | 'dot' | 'swatch';
}
