import { useQuery } from '../../../state/use-query.ts';
import type { Cell } from '../../../tables/cells.ts';
import type { Field } from '../../../tables/fields.ts';
import type { SampleRequest } from './sample-request.ts';
import { rowsShared } from './shared-rows.ts';

const usual = { n: 100, seed: 0, temperature: 1 };

/** The samples that the address asks for, and how to ask for others. */
export function useSampleRequest(
  context: readonly Field[],
): [request: SampleRequest, change: (changes: Partial<SampleRequest>) => void] {
  const [query, change] = useQuery();
  const [values] = rowsShared(query['given'] && `[${query['given']}]`, context.length) ?? [context.map(usualValue)];
  const request = {
    n: numberOr(query['n'], usual.n),
    seed: numberOr(query['seed'], usual.seed),
    temperature: numberOr(query['temperature'], usual.temperature),
    given: Object.fromEntries(context.map(({ name }, place) => [name, values[place]])),
  };
  return [
    request,
    ({ given, ...numbers }) =>
      change({
        ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)])),
        ...(given && { given: JSON.stringify(context.map(({ name }) => given[name])) }),
      }),
  ];
}

function numberOr(text: string | undefined, usually: number): number {
  const value = Number(text ?? Number.NaN);
  return Number.isFinite(value) ? value : usually;
}

/** The commonest category, or the middle of what is known. */
function usualValue({ kind, categories, range, isInteger }: Field): Cell {
  if (kind === 'category') return categories[0] ?? null;
  if (!range) return kind === 'number' ? 0 : null;
  const middle = (range.min + range.max) / 2;
  return isInteger ? Math.round(middle) : Number(middle.toPrecision(4));
}
