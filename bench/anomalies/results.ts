import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { check } from '../../src/flow/schema.ts';

const resultSchema = Type.Object({
  table: Type.String(),
  seed: Type.Integer(),
  detector: Type.String(),
  version: Type.String(),
  auroc: Type.Number({ description: 'In percent' }),
  falseAlarms: Type.Optional(Type.Integer()),
  found: Type.Optional(Type.Integer()),
  ordinaryRows: Type.Optional(Type.Integer()),
  anomalousRows: Type.Optional(Type.Integer()),
  calibrationRows: Type.Optional(Type.Integer()),
  seconds: Type.Optional(Type.Number({ description: 'Of the processor' })),
});
export type Result = Readonly<Static<typeof resultSchema>>;

/** Results in a file of JSON lines, to which each is added as it comes; without a file they are kept in memory. */
export class Results {
  readonly all: Result[] = [];
  readonly #file: string | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
    if (file === undefined || !existsSync(file)) return;
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    for (const [index, line] of lines.entries())
      if (line !== '') this.all.push(check(resultSchema, JSON.parse(line), `${file}:${index + 1}`));
  }

  of(table: string, seed: number): readonly Result[] {
    return this.all.filter((result) => result.table === table && result.seed === seed);
  }

  add(result: Result): void {
    this.all.push(result);
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(result)}\n`);
  }
}
