/** Values of columns that are not integrated out; null is a missing cell. */
export type Given = Readonly<Record<string, string | number | boolean | null>>;

/** What the address says of them, as far as it can be understood. */
export function readGiven(text: string | undefined): Given {
  if (text === undefined) return {};
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read !== 'object' || read === null) return {};
    return Object.fromEntries(Object.entries(read).filter(([, value]) => value === null || typeof value !== 'object'));
  } catch {
    return {};
  }
}

export const writeGiven = (given: Given): string | undefined =>
  Object.keys(given).length > 0 ? JSON.stringify(given) : undefined;

/** Without the columns that are axes: these cannot be given. */
export function besides(given: Given, ...axes: readonly (string | undefined)[]): Given {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !axes.includes(name)));
}

/** What was typed where nothing says of which kind a column is. */
export function typedValue(text: string): string | number | boolean {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  return text === 'true' ? true : text === 'false' ? false : text;
}
