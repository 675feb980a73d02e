import type { Cell } from '../../../api/cell.ts';
import type { SampleRequest } from '../../../api/rows.ts';
import { type Dataset, isNumeric, type Model } from '../../../api/types.ts';

export const mostSamples = 100_000;
const [fewestAtFirst, mostAtFirst] = [500, 10_000];

type Query = Readonly<Record<string, string | undefined>>;

/** What is asked of the model: as the address says, and else about as many samples as there are rows, given a common context. */
export function requestOf(query: Query, { context }: Model, dataset: Dataset | undefined): SampleRequest {
  const said = contextOf(query.context);
  return {
    n: numberOf(query.n, {
      least: 1,
      most: mostSamples,
      fallback: Math.min(mostAtFirst, Math.max(fewestAtFirst, dataset?.rowCount ?? 0)),
    }),
    seed: numberOf(query.seed, { least: 0, most: 2 ** 32 - 1, fallback: 0 }),
    temperature: numberOf(query.temperature, { least: 0, most: 10, fallback: 1, isWhole: false }),
    context: Object.fromEntries(context.map((name) => [name, said[name] ?? commonValue(name, dataset)])),
  };
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly fallback: number;
  readonly isWhole?: boolean;
}

function numberOf(text: string | undefined, { least, most, fallback, isWhole = true }: Bounds): number {
  const value = Number(text || Number.NaN);
  if (!Number.isFinite(value)) return fallback;
  return Math.min(most, Math.max(least, isWhole ? Math.round(value) : value));
}

function contextOf(text: string | undefined): Readonly<Record<string, Cell>> {
  try {
    const said: unknown = JSON.parse(text ?? '{}');
    return typeof said === 'object' && said !== null ? Object.fromEntries(Object.entries(said).filter(isCell)) : {};
  } catch {
    return {};
  }
}

const isCell = (entry: [string, unknown]): entry is [string, Cell] =>
  entry[1] === null || ['string', 'number', 'boolean'].includes(typeof entry[1]);

/** The median, or the commonest category; null, for missing, where nothing is known. */
function commonValue(name: string, dataset: Dataset | undefined): Cell {
  const column = dataset?.columns.find((candidate) => candidate.name === name);
  if (!column) return null;
  const { summary } = column;
  return isNumeric(summary) ? (summary.quantiles['0.5'] ?? null) : (summary.categories[0]?.value ?? null);
}
