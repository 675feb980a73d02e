/** How a column's values repeat. */
export interface Ties {
  readonly distinct: number;
  readonly rows: number;
  /**
   * The step in which the column seems to have been recorded: over the rows, the median gap from a value to the nearest
   * other one. 0 when no value occurs twice, or none other does.
   */
  readonly resolution: number;
}

/**
 * Tied values have no density: its likelihood grows without bound as it collapses onto them. Spread evenly over the
 * column's resolution, as if they had been rounded to it, they have one.
 */
export function columnTies(values: Float64Array): Ties {
  const sorted = values.toSorted();
  const rows = sorted.length;
  const starts = [0];
  for (let row = 1; row < rows; row++) if (sorted[row] !== sorted[row - 1]) starts.push(row);
  const distinct = starts.length;
  if (distinct === rows || distinct === 1) return { distinct, rows, resolution: 0 };
  const gapBefore = (group: number) =>
    group === 0 || group === distinct ? Number.POSITIVE_INFINITY : sorted[starts[group]] - sorted[starts[group - 1]];
  const gaps = new Float64Array(rows);
  starts.forEach((start, group) => {
    gaps.fill(Math.min(gapBefore(group), gapBefore(group + 1)), start, starts[group + 1] ?? rows);
  });
  return { distinct, rows, resolution: gaps.sort()[Math.floor(rows / 2)] };
}

/** How many of some rows of a table [rows, width], row-major, repeat an earlier one of them. */
export function repeatedRows(values: Float64Array, width: number, rowNumbers: Int32Array): number {
  const seen = new Set<string>();
  for (const row of rowNumbers)
    seen.add(Buffer.from(values.buffer, values.byteOffset + 8 * row * width, 8 * width).toString('latin1'));
  return rowNumbers.length - seen.size;
}
