const whole = new Intl.NumberFormat('en');
const rough = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

export const count = (value: number) => whole.format(value);
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

/** A p-value; one that is called 0 would be certainty. */
export const probability = (value: number) => (value < 1e-4 ? 'below 0.0001' : String(Number(value.toPrecision(2))));
