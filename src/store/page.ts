/** What a list is asked for: at most `limit` items, those after the `cursor` that an earlier page ended with. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  /** Where the next page starts; null on the last. */
  readonly nextCursor: string | null;
}

/** The Prisma query for a page of what belongs to `owner`, or of all, newest first. Ids are UUIDv7: their order is that of creation. */
export function pageQuery({ limit, cursor }: PageRequest, owner?: string) {
  // One more than asked for tells whether there is a next page.
  return {
    take: limit + 1,
    orderBy: { id: 'desc' as const },
    where: { ...(owner !== undefined && { owner }), ...(cursor !== undefined && { id: { lt: cursor } }) },
  };
}

/** What a page may take as it is stored, about: of wide tables a page has fewer items than were asked for. */
const pageBytes = 2 ** 18;

/** How many of items of these sizes fit into a page: one at least. */
export function fittingItems(sizes: readonly { readonly size: number }[]): number {
  let bytes = 0;
  const over = sizes.findIndex(({ size }, index) => {
    bytes += size;
    return index > 0 && bytes > pageBytes;
  });
  return over === -1 ? Math.max(1, sizes.length) : over;
}

export function toPage<Row extends { id: string }, Item>(
  rows: Row[],
  { limit }: PageRequest,
  toItem: (row: Row) => Item,
): Page<Item> {
  const page = rows.slice(0, limit);
  return { items: page.map(toItem), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}
