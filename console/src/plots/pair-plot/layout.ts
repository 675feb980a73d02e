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

const edge = { left: 56, right: 6, top: 6, bottom: 30 };
const gap = 8;
const highest = 300;

/** Of these columns no more than fit are shown. */
export const mostColumns = (width: number) => (width < 480 ? 3 : 5);

/** A square matrix of panels in a given width. */
export function layoutOf(width: number, columns: number): Layout {
  const panelWidth = (width - edge.left - edge.right - gap * (columns - 1)) / columns;
  const panelHeight = Math.min(panelWidth, highest);
  const box = (row: number, column: number): Box => ({
    x: edge.left + column * (panelWidth + gap),
    y: edge.top + row * (panelHeight + gap),
    width: panelWidth,
    height: panelHeight,
  });
  const panels: Panel[] = [];
  for (let up = 1; up < columns; up++)
    for (let across = 0; across < up; across++) panels.push({ across, up, ...box(up, across) });
  return { width, height: edge.top + edge.bottom + columns * (panelHeight + gap) - gap, panels, box };
}
