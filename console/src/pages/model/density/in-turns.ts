/** Does at most so many things at once; others wait for their turn. */
export function inTurns(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let atWork = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (atWork === most) await new Promise<void>((resolve) => waiting.push(resolve));
    else atWork++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else atWork--;
    }
  };
}
