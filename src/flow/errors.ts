/** A flow spec that cannot be used; `path` is the JSON pointer of the offending value. */
export class SpecError extends Error {
  override name = 'SpecError';
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Tensors whose shapes or element types do not fit an operation: a mistake in the code that builds the graph. */
export class ShapeError extends Error {
  override name = 'ShapeError';
}
