/** What an error message shows of a value, at most. */
const mostCharacters = 80;

/** A value as an error message shows it: its JSON, cut where it is long. However large or deep it is, only the start is looked at. */
export function shown(value: unknown): string {
  const text = start(value, mostCharacters + 1);
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters - 3)}...` : text;
}

/** The JSON of a value, of which only so many characters are wanted; each level takes one, which bounds the depth. */
function start(value: unknown, length: number): string {
  if (length <= 0) return '';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, length));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  let text = open;
  for (const key of Object.keys(value)) {
    if (text.length > 1) text += ',';
    if (open === '{') text += `${start(key, length - text.length)}:`;
    text += start(Reflect.get(value, key), length - text.length);
    if (text.length >= length) return text;
  }
  return text + close;
}
