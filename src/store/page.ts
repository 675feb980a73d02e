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

export function toPage<Row extends { id: string }, Item>(
  rows: Row[],
  { limit }: PageRequest,
  toItem: (row: Row) => Item,
): Page<Item> {
  const page = rows.slice(0, limit);
  return { items: page.map(toItem), nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
}
