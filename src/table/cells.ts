/** A cell in the user's own terms; null where it is missing. */
export type Cell = number | string | boolean | null;

/** Texts that stand for a missing cell. */
export const missingTexts = ['', 'NA', 'N/A', 'n/a', 'NaN', 'nan', 'NAN', 'null', 'NULL', 'None', '?', '-'] as const;

/** Texts that stand for true and false, in any case, and as a boolean column may have them: each pair by itself. */
export const booleanTexts = [
  ['true', 'false'],
  ['yes', 'no'],
  ['t', 'f'],
] as const;

/** An ISO 8601 date, perhaps with a time, and with seconds perhaps with an offset from UTC; RE2 and JavaScript read it alike. */
export const timePattern = String.raw`\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):\d{2}(:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}(:?\d{2})?)?)?)?`;

const missing: ReadonlySet<string> = new Set(missingTexts);
/** Of digits it can be read in one way only: else a long text of them that ends in another would be read over and over. */
const numberPattern = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const timeGroups = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?)(?:Z|([+-])(\d{2}):?(\d{2})?)?)?)?$/;

/** A text without the spaces around it; null where it stands for a missing cell. */
export function trimmedText(text: string): string | null {
  const trimmed = withoutBlanks(text);
  return missing.has(trimmed) ? null : trimmed;
}

/** Not by a pattern, which would look for the end of a long run of blanks from each of them. */
function withoutBlanks(text: string): string {
  const isBlank = (index: number) => text[index] === ' ' || text[index] === '\t';
  let [start, end] = [0, text.length];
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}

/** Whether a trimmed text is a number. */
export const isNumberText = (text: string) => numberPattern.test(text);

/** The finite number that a trimmed text is, or for a date the days since 1970-01-01; else undefined. */
export function numberOf(text: string): number | undefined {
  const number = numberPattern.test(text) ? Number(text) : daysOf(text);
  return Number.isFinite(number) ? number : undefined;
}

/** What a trimmed text says as true or false, 1 and 0 among them; else undefined. */
export function booleanOf(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === '1' || booleanTexts.some(([yes]) => lower === yes)) return true;
  return lower === '0' || booleanTexts.some(([, no]) => lower === no) ? false : undefined;
}

function daysOf(text: string): number {
  const [, date, hours = '0', minutes = '0', seconds = '0', sign, zoneHours = '0', zoneMinutes = '0'] =
    timeGroups.exec(text) ?? [];
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // A day that the month does not have would become one of the next.
  const isDate = Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(String(date));
  if (!isDate || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) >= 60) return Number.NaN;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -60 : 60);
  return (midnight / 1000 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) - zone) / 86_400;
}
