const whole = new Intl.NumberFormat('en');
const rough = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export const count = (value: number) => whole.format(value);
export const compactCount = (value: number) => compact.format(value);
export const date = (iso: string) => dates.format(new Date(iso));
export const percent = (part: number) => `${rough.format(Math.round(1000 * part) / 10)} %`;
export const plural = (value: number, one: string, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

/** A number of any size, to four digits; a dash where there is none. */
export function number(value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e7 || size < 1e-4) ? value.toExponential(2) : rough.format(value);
}

/** A log-likelihood, in nats. */
export const nats = (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) ? value.toFixed(3).replace('-', '−') : '–';

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const unit = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${rough.format(Number((value / 1000 ** unit).toPrecision(3)))} ${units[unit]}`;
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${rough.format(Math.round(seconds / 360) / 10)} h`;
}
