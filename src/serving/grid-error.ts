/** A density over a grid that there is not. */
export class GridError extends Error {
  override name = 'GridError';
}
