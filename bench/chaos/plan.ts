import { RandomStream } from '../../src/flow/random/stream.ts';
import type { TableFormat } from '../../src/table/spool.ts';

/** An API, a worker and a PostgreSQL, each a process that can be killed; or one service with its embedded PostgreSQL. */
export type Form = 'split' | 'single';

export const killsOf = {
  split: ['api', 'worker', 'database', 'backend'],
  single: ['service', 'embedded database', 'service and database'],
} as const;
export type Kill = (typeof killsOf)[Form][number];
export const allKills: readonly Kill[] = [...killsOf.split, ...killsOf.single];

/** Something a client asks for, so many milliseconds after the round has begun. */
export type Action = { readonly at: number; readonly name: string } & (Upload | Training | Other);

export interface Upload {
  readonly does: 'upload';
  readonly format: TableFormat;
  readonly rows: number;
  readonly tableSeed: number;
  readonly key: string | undefined;
  /** Sent in pieces, with pauses between. */
  readonly slow: boolean;
}

export interface Training {
  readonly does: 'train';
  readonly flow: string;
  readonly steps: number;
  readonly key: string | undefined;
  /** Which of the datasets that there are then, as a part of them. */
  readonly pick: number;
}

export interface Other {
  readonly does: 'cancel' | 'delete model' | 'delete dataset' | 'score' | 'sample';
  readonly pick: number;
}

export interface Round {
  readonly number: number;
  readonly form: Form;
  readonly actions: readonly Action[];
  readonly kill: Kill;
  /** Milliseconds after the beginning. */
  readonly killAt: number;
  /** Milliseconds for which what was killed stays away. */
  readonly outage: number;
  /** Which of the backends, where one is killed. */
  readonly pick: number;
}

const formats: readonly TableFormat[] = ['csv', 'json', 'ndjson', 'parquet'];
const flows = ['real-nvp', 'nice', 'maf', 'real-nvp', 'nice', 'maf', 'spline', 'auto'] as const;
const others = ['cancel', 'score', 'sample', 'score', 'sample', 'delete model', 'delete dataset'] as const;
/** By when all of a round has been asked for. */
const span = 3500;

/** What a round is depends on the seed and its number alone; of the kills only those asked for. */
export function planRound(seed: number, number: number, kills: readonly Kill[]): Round {
  const random = new RandomStream((Math.imul(seed, 0x9e3779b1) + number) >>> 0, 'noise');
  const oneOf = <Item>(items: readonly Item[]) => items[random.below(items.length)];
  const between = (low: number, high: number) => low + random.below(high - low);
  const key = (name: string) => (random.uniform() < 0.6 ? `${seed}-${name}` : undefined);
  const possible = { split: among(killsOf.split, kills), single: among(killsOf.single, kills) };
  const form = possible.split.length === 0 || (number % 3 === 2 && possible.single.length > 0) ? 'single' : 'split';

  const actions: Action[] = [];
  const add = (at: number, act: (name: string) => Upload | Training | Other) => {
    const name = `round-${number}-${actions.length}`;
    actions.push({ at, name, ...act(name) });
  };
  for (let left = between(2, 4); left > 0; left--)
    add(between(0, 1500), (name) => ({
      does: 'upload',
      format: oneOf(formats),
      rows: random.uniform() < 0.2 ? between(2000, 6000) : between(100, 1000),
      tableSeed: random.word(),
      key: key(name),
      slow: random.uniform() < 0.3,
    }));
  for (let left = between(2, 4); left > 0; left--)
    add(between(500, 2500), (name) => ({
      does: 'train',
      flow: oneOf(flows),
      steps: between(200, 2000),
      key: key(name),
      pick: random.uniform(),
    }));
  for (let left = between(2, 6); left > 0; left--)
    add(between(0, span), () => ({ does: oneOf(others), pick: random.uniform() }));

  // Half of the kills come just after something was asked for.
  const killAt = random.uniform() < 0.5 ? oneOf(actions).at + between(0, 300) : between(300, span + 1000);
  const outage = random.uniform() < 0.5 ? 0 : between(0, 3000);
  return { number, form, actions, kill: oneOf(possible[form]), killAt, outage, pick: random.uniform() };
}

function among(kinds: readonly Kill[], asked: readonly Kill[]): readonly Kill[] {
  return kinds.filter((kind) => asked.includes(kind));
}
