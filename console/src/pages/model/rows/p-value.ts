import { number } from '../../../parts/format.ts';

/** A p-value, with as many digits as tell. */
export function pValueText(pValue: number | null): string {
  if (pValue === null || Number.isNaN(pValue)) return '–';
  return pValue < 1e-4 ? number(pValue) : String(Number(pValue.toPrecision(2)));
}
