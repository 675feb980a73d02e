/**
 * What `task` makes of each item, in order and as soon as it is there; at most `most` tasks are under way, and no more items
 * are asked for meanwhile.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  most: number,
  task: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const iterator = asynchronous(items)[Symbol.asyncIterator]();
  const underWay: Promise<Result>[] = [];
  let next: Promise<Arrival<Item>> | undefined = arrival(iterator);
  let failure: { readonly error: unknown } | undefined;
  try {
    while (next || underWay.length > 0) {
      const arrived = await first(underWay.length < most ? next : undefined, underWay[0]);
      if (arrived === undefined) {
        yield await underWay[0];
        underWay.shift();
      } else if ('item' in arrived) {
        underWay.push(quiet(task(arrived.item)));
        next = arrival(iterator);
      } else {
        // The results of earlier items come first.
        failure = arrived.failure;
        next = undefined;
      }
    }
  } finally {
    // Not waited for: a source that has stalled would not answer.
    if (next) void iterator.return?.(undefined).catch(() => {});
  }
  if (failure) throw failure.error;
}

/** An item, or the end of the items, perhaps by a failure. */
type Arrival<Item> = { readonly item: Item } | { readonly failure: { readonly error: unknown } | undefined };

function arrival<Item>(iterator: AsyncIterator<Item>): Promise<Arrival<Item>> {
  return iterator.next().then(
    ({ done, value }) => (done ? { failure: undefined } : { item: value }),
    (error) => ({ failure: { error } }),
  );
}

/** The next item, unless the oldest result is there before it. */
async function first<Item>(
  next: Promise<Arrival<Item>> | undefined,
  oldest: Promise<unknown> | undefined,
): Promise<Arrival<Item> | undefined> {
  const isThere = oldest?.then(() => undefined);
  return Promise.race([isThere, next].filter((candidate) => candidate !== undefined));
}

function quiet<Result>(promise: Promise<Result>): Promise<Result> {
  // Its failure is told when its turn comes.
  promise.catch(() => {});
  return promise;
}

async function* asynchronous<Item>(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<Item> {
  yield* items;
}
