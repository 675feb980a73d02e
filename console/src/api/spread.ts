/** Tables of more rows than are wanted are read in as many pieces, which lie evenly over the whole of them. */
const pieces = 20;

/** Which of a table's rows are read, so that they are at most `most`. */
export function spread(rowCount: number, most: number): { offset: number; limit: number }[] {
  if (rowCount <= most) return [{ offset: 0, limit: Math.max(1, rowCount) }];
  const limit = Math.floor(most / pieces);
  return Array.from({ length: pieces }, (_, piece) => ({
    offset: Math.round((piece * (rowCount - limit)) / (pieces - 1)),
    limit,
  }));
}
