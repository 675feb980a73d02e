/** Training that cannot succeed however often it is tried: it ends the model as failed, with this code and message. */
export class TrainingError extends Error {
  override name = 'TrainingError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Ends work that was asked to stop, on the way to whoever began it; it goes no further. */
export class Stopped extends Error {
  override name = 'Stopped';
}

/** Rows or samples on which a model cannot be judged. */
export class EvaluationError extends Error {
  override name = 'EvaluationError';
}
