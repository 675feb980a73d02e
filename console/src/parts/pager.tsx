interface PagerProps {
  /** The page's own path. */
  readonly path: string;
  readonly cursor: string | undefined;
  readonly nextCursor: string | null;
}

/** The way through a list, newest first. */
export function Pager({ path, cursor, nextCursor }: PagerProps) {
  if (cursor === undefined && nextCursor === null) return null;
  return (
    <nav class="pager" aria-label="Pages of the list">
      {cursor !== undefined && (
        <a class="button small" href={path}>
          Newest
        </a>
      )}
      {nextCursor !== null && (
        <a class="button small" href={`${path}?cursor=${nextCursor}`}>
          Older
        </a>
      )}
    </nav>
  );
}
