/** The user has pressed Ctrl-C; the message says what becomes of what was begun. */
export class Interrupted extends Error {}

/** Does the work with a signal that aborts at Ctrl-C, which then ends it with this message. */
export async function interruptible<Result>(
  message: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const interrupt = () => controller.abort(new Interrupted(message));
  process.once('SIGINT', interrupt);
  try {
    return await work(controller.signal);
  } catch (thrown) {
    controller.signal.throwIfAborted();
    throw thrown;
  } finally {
    process.off('SIGINT', interrupt);
  }
}
