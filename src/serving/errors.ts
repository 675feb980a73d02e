/** Rows waited longer for a thread than they may. */
export class InferenceTimeoutError extends Error {
  override name = 'InferenceTimeoutError';
  readonly seconds: number;

  constructor(seconds: number) {
    super(`Rows waited for a thread longer than INFERENCE_TIMEOUT_SECONDS=${seconds} allows`);
    this.seconds = seconds;
  }
}
