export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A panel below the diagonal: one column across, another one up. */
export interface Panel extends Box {
  /** The column across, and that up. */
  readonly across: number;
  readonly up: number;
}

/** Where everything stands, in pixels. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly Panel[];
  /** The place of the cell in a row and a column of the matrix. */
  box(row: number, column: number): Box;
}

const [top, right, bottom] = [6, 6, 30];
const highest = 300;
/** A hand's screen. */
const narrow = 480;

/** Of these columns no more than fit are shown. */
export const mostColumns = (width: number) => (width < narrow ? 3 : 5);

/** A square matrix of panels in a given width. */
export function layoutOf(width: number, columns: number): Layout {
  const isNarrow = width < narrow;
  const [left, gap] = isNarrow ? [42, 4] : [56, 8];
  const panelWidth = (width - left - right - gap * (columns - 1)) / columns;
  const panelHeight = Math.min(panelWidth, highest);
  const box = (row: number, column: number): Box => ({
    x: left + column * (panelWidth + gap),
    y: top + row * (panelHeight + gap),
    width: panelWidth,
    height: panelHeight,
  });
  const panels: Panel[] = [];
  for (let up = 1; up < columns; up++)
    for (let across = 0; across < up; across++) panels.push({ across, up, ...box(up, across) });
  return { width, height: top + bottom + columns * (panelHeight + gap) - gap, panels, box };
}
