import type { RandomStream } from '../../../src/flow/random/stream.ts';
import { type Wire, wire } from '../exchange.ts';
import type { Header, Target } from '../targets.ts';

/** One of the items. */
export const oneOf = <Item>(random: RandomStream, items: readonly Item[]): Item => items[random.below(items.length)];

export function randomBytes(random: RandomStream, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

/** The target asked with another body, and other headers besides. */
export function withBody(target: Target, body: Buffer | string, headers: readonly Header[] = []): Wire {
  return wire({ ...target, headers: headersOf(target, headers), body: Buffer.from(body) });
}

/** The headers of a good request; others take the place of those of their name. */
export function headersOf({ mediaType, headers }: Target, others: readonly Header[] = []): Header[] {
  const named = new Set(others.map(([name]) => name));
  return [['content-type', mediaType] as const, ...headers].filter(([name]) => !named.has(name)).concat(others);
}
