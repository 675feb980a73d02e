/** The longest that whoever watches the service is kept waiting: probes and scrapes have time limits of their own. */
const patienceMilliseconds = 2000;

/**
 * Asks with a time limit, and never a second time while an answer is awaited: a database that hangs is not asked ever more often.
 * The answers reject when the question does, or takes too long.
 */
export function patiently<Answer>(
  ask: () => Promise<Answer>,
  milliseconds = patienceMilliseconds,
): () => Promise<Answer> {
  let asked: Promise<Answer> | undefined;
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined;
    });
    return within(asked, milliseconds);
  };
}

function within<Answer>(answer: Promise<Answer>, milliseconds: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`No answer within ${milliseconds} ms`)), milliseconds);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
