import { useLocation } from 'preact-iso/router';

/**
 * What the address says after its question mark, and a way to change it: who is given the address sees the same.
 * A change takes the place of what was, so that going back leaves the page; undefined and '' take a name away.
 */
export function useQuery(): [
  query: Readonly<Record<string, string | undefined>>,
  change: (changes: Readonly<Record<string, string | undefined>>) => void,
] {
  const { path, query, route } = useLocation();
  const change = (changes: Readonly<Record<string, string | undefined>>) => {
    const next = new URLSearchParams(query);
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    const said = next.toString();
    route(said === '' ? path : `${path}?${said}`, true);
  };
  return [query, change];
}
