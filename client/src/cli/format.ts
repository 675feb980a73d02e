const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A size in bytes, for people. */
export function size(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

export const count = (value: number) => value.toLocaleString('en');

/** Some things, as words: `1 row`, `2,000 rows`. */
export const counted = (value: number, thing: string) => `${count(value)} ${thing}${value === 1 ? '' : 's'}`;

/** A time, as 1:05 or 1:02:03. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

/** Rows of texts under their headings, each column as wide as it needs to be. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column].length)));
  return [headings, ...rows]
    .map(
      (row) =>
        `${row
          .map((text, column) => text.padEnd(widths[column]))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
