/** As Promise.all, but waits for all of them also when one is rejected: nothing is left running behind the caller's back. */
export async function allSettled<Value>(promises: readonly Promise<Value>[]): Promise<Value[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
