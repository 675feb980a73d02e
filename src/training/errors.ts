/** Training that cannot succeed however often it is tried: it ends the model as failed, with this code and message. */
export class TrainingError extends Error {
  override name = 'TrainingError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Rows or samples on which a model cannot be judged. */
export class EvaluationError extends Error {
  override name = 'EvaluationError';
}
