/** More columns than these have panels too small to see something in. */
export const mostChosen = 5;
const chosenAtFirst = 4;

/** The columns that an address names; where it names fewer than two, the first ones. Of names the commas are escaped. */
export function chosenColumns(said: string | undefined, columns: readonly string[]): readonly string[] {
  const named = (said ?? '').split(',').map(decoded);
  const known = [...new Set(named)].filter((name) => columns.includes(name)).slice(0, mostChosen);
  return known.length >= 2 ? known : columns.slice(0, chosenAtFirst);
}

export const saidColumns = (chosen: readonly string[]) => chosen.map(encodeURIComponent).join(',');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
