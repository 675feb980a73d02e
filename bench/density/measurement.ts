import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { check } from '../../src/flow/schema.ts';

/** What bounds the training of a peer, whichever is met first; seconds are of the processor. */
export interface Limits {
  readonly steps: number;
  readonly seconds: number;
}

/** Log-likelihoods are means in nats per row, in standardised units; seconds are of the processor. */
const fittedSchema = Type.Object({
  version: Type.String(),
  testLogProb: Type.Number(),
  testStandardError: Type.Number(),
  validationLogProb: Type.Number(),
  seconds: Type.Number(),
  steps: Type.Integer(),
  ended: Type.Enum(['patience', 'steps', 'seconds']),
  timeline: Type.Array(Type.Tuple([Type.Number(), Type.Number()]), {
    description: 'Seconds since the start, and the best validation log-likelihood until then',
  }),
});
export type Fitted = Readonly<Static<typeof fittedSchema>>;

const keySchema = Type.Object({ table: Type.String(), seed: Type.Integer(), library: Type.String() });
export type Key = Readonly<Static<typeof keySchema>>;
export type Measurement = Key & Fitted;

export const checkFitted = (value: unknown, path: string): Fitted => check(fittedSchema, value, path);

/** Measurements in a file of JSON lines, to which each is added as it comes; without a file they are kept in memory. */
export class Measurements {
  readonly all: Measurement[] = [];
  readonly #file: string | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
    if (file === undefined || !existsSync(file)) return;
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    for (const [index, line] of lines.entries()) {
      if (line === '') continue;
      const value: unknown = JSON.parse(line);
      const path = `${file}:${index + 1}`;
      this.all.push({ ...check(keySchema, value, path), ...checkFitted(value, path) });
    }
  }

  has(key: Key): boolean {
    return this.all.some(
      ({ table, seed, library }) => table === key.table && seed === key.seed && library === key.library,
    );
  }

  add(measurement: Measurement): void {
    this.all.push(measurement);
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(measurement)}\n`);
  }
}
