import { InvalidArgumentError, Option } from 'commander';
import type { StreamedFormat, TableFormat } from '../../types.ts';

export const inputFormat = (flags: string) => {
  const formats: readonly TableFormat[] = ['csv', 'ndjson', 'json', 'parquet'];
  return new Option(flags, 'of the table, where its name does not tell').choices(formats);
};

export const outputFormat = () => {
  const formats: readonly StreamedFormat[] = ['csv', 'ndjson', 'parquet'];
  return new Option('--format <format>', 'csv, or ndjson with --json, unless this is given').choices(formats);
};

/** A whole number of at least `least`. */
export const wholeNumber = (least: number) => (given: string) => {
  if (!/^\d+$/.test(given) || Number(given) < least)
    throw new InvalidArgumentError(`Expected a whole number of at least ${least}.`);
  return Number(given);
};

export function positiveNumber(given: string): number {
  const value = Number(given);
  if (given.trim() === '' || !(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}

export const names = (given: string) => given.split(',');

/** JSON that is an object or a list. */
export function json(given: string) {
  try {
    const value = JSON.parse(given);
    if (typeof value === 'object' && value !== null) return value;
  } catch {}
  throw new InvalidArgumentError('Expected JSON.');
}
