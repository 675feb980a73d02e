import { RandomStream } from '../../src/flow/random/stream.ts';
import type { Wire } from './exchange.ts';
import { byteKinds } from './kinds/bytes.ts';
import { formKinds } from './kinds/forms.ts';
import { httpKinds } from './kinds/http.ts';
import { jsonKinds } from './kinds/json.ts';
import { tableKinds } from './kinds/tables.ts';
import { tensorKinds } from './kinds/tensors.ts';
import type { Target } from './targets.ts';

/** A kind of bad request: makes one of a good one. */
export type Kind = (target: Target, random: RandomStream) => Wire;

export interface FuzzCase {
  readonly number: number;
  readonly kind: string;
  readonly target: Target;
  readonly wire: Wire;
}

/** More words than a case draws. */
const wordsOfCase = 2 ** 24;

/** A case by its number; the same seed and targets always give the same. All targets come by turns, and of each all kinds. */
export function caseOf(targets: readonly Target[], seed: number, number: number): FuzzCase {
  const target = targets[number % targets.length];
  const kinds = kindsOf(target);
  const [kind, make] = kinds[Math.floor(number / targets.length) % kinds.length];
  return { number, kind, target, wire: make(target, new RandomStream(seed, 'noise', number * wordsOfCase)) };
}

function kindsOf({ mediaType, path }: Target): [string, Kind][] {
  const kinds = { ...byteKinds, ...httpKinds };
  if (mediaType.startsWith('multipart/')) return Object.entries({ ...kinds, ...formKinds });
  if (mediaType === 'application/json' && path.startsWith('/v2'))
    return Object.entries({ ...kinds, ...jsonKinds, ...tensorKinds.json });
  if (mediaType === 'application/json') return Object.entries({ ...kinds, ...jsonKinds });
  if (mediaType === 'application/octet-stream') return Object.entries({ ...kinds, ...tensorKinds.binary });
  return Object.entries({ ...kinds, ...(tableKinds[mediaType] ?? {}) });
}

/** The start of what a case sends. */
export function shownCase(targets: readonly Target[], seed: number, number: number): string {
  const { kind, target, wire } = caseOf(targets, seed, number);
  return `${target.name}, ${kind}, ${wire.bytes.length} bytes:\n${wire.bytes.toString('utf8', 0, 2000)}`;
}
