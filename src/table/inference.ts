import { type Form, naturalForm, type Source } from './cell-sql.ts';
import type { Census } from './census.ts';
import type { ColumnKind, ColumnOptions } from './kinds.ts';

/** What the cells of a column are taken for, before its numbers are looked at. */
export interface Reading {
  readonly form: Form;
  /** Undefined where the numbers decide between continuous and integer. */
  readonly kind: ColumnKind | undefined;
  readonly reason: string;
  readonly ignored: boolean;
  /** What to tell of an ignored column. */
  readonly warning?: string;
  /** Whether some of its cells are not of the form. */
  readonly mixed?: boolean;
}

/** A column with some texts is one of numbers if at least this part of its cells are. */
const mostlyNumbers = 0.9;
/** Texts of which at least this part are distinct name their rows. */
const nearlyAll = 0.9;

/**
 * What a column is: what the request says, else what its cells look like. The census is of its texts, if it has such.
 */
export function readingOf(
  source: Source,
  census: Census | undefined,
  { kind, ignore = false }: ColumnOptions,
  maxCategories: number,
): Reading {
  const inferred = census === undefined ? valuesReading(source) : textsReading(source, census, maxCategories);
  if (kind === undefined)
    return ignore ? { ...withoutFault(inferred), ignored: true, reason: 'ignored as asked' } : inferred;
  return { form: askedForm(kind, source, census), kind, reason: 'as asked', ignored: ignore };
}

/** An ignored column is stored as it is, so that nothing in it is a fault. */
function withoutFault({ form, kind, mixed, reason }: Reading): Omit<Reading, 'warning'> {
  return mixed ? { form: 'text', kind: 'categorical', reason, ignored: true } : { form, kind, reason, ignored: true };
}

function askedForm(kind: ColumnKind, source: Source, census: Census | undefined): Form {
  if (kind === 'boolean') return 'boolean';
  if (kind !== 'categorical') return 'number';
  if (census === undefined) return naturalForm(source);
  // Whole numbers stay numbers; 007 or 1.50 would not come back as they were.
  return source === 'text' && census.count > 0 && census.plainIntegers === census.count ? 'number' : 'text';
}

function valuesReading(source: Source): Reading {
  if (source === 'boolean') return { form: 'boolean', kind: 'boolean', reason: 'true and false', ignored: false };
  return { form: 'number', kind: undefined, reason: '', ignored: false };
}

function textsReading(source: Source, census: Census, maxCategories: number): Reading {
  const { count, numbers, dates, booleans, distinct } = census;
  const used = { ignored: false } as const;
  if (count === 0) return { form: 'number', kind: undefined, reason: '', ...used };
  if (source === 'text' && numbers === count) return { form: 'number', kind: undefined, reason: '', ...used };
  if (source === 'text' && numbers >= mostlyNumbers * count)
    return { form: 'number', kind: undefined, reason: '', mixed: true, ...used };
  if (booleans.includes(count))
    return { form: 'boolean', kind: 'boolean', reason: 'texts for true and false', ...used };
  const texts = { form: 'text', kind: 'categorical' } as const;
  if (dates === count)
    return {
      ...texts,
      ignored: true,
      reason: 'dates',
      warning: 'it holds dates. With "kind": "continuous" they are days since 1970-01-01.',
    };
  if (distinct <= maxCategories)
    return { ...texts, ...used, reason: `${distinct} different texts, at most MAX_CATEGORIES=${maxCategories}` };
  return {
    ...texts,
    ignored: true,
    ...(distinct >= nearlyAll * count
      ? {
          reason: 'an identifier: (nearly) all texts are different',
          warning: 'it looks like an identifier: (nearly) all of its texts are different.',
        }
      : {
          reason: `more different texts than MAX_CATEGORIES=${maxCategories}`,
          warning: `it has more different texts than MAX_CATEGORIES=${maxCategories} allows.`,
        }),
  };
}
