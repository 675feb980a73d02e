export { count, nats, number, percent, plural, probability } from '../../../src/figures/format.ts';

const rough = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export const compactCount = (value: number) => compact.format(value);
export const date = (iso: string) => dates.format(new Date(iso));

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
