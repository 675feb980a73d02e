import type { Static, TObject } from 'typebox';
import type { Distribution } from './distribution.ts';

/**
 * A type of base distribution that a flow spec may name: how it is written in JSON, and what it stands for.
 * To add one, write its file and list it in `bases.ts`.
 */
export interface BaseType<Schema extends TObject = TObject> {
  /** The value of `type` in the spec. */
  readonly type: string;
  readonly summary: string;
  /** Whether rows may lack some columns: the density is a product over the columns, and leaves out those that are missing. */
  readonly allowsMissing?: true;
  /** All keys but `type`, with their defaults. */
  readonly schema: Schema;
  /** Checks what a schema cannot say: SpecError with a path below `path`. */
  check?(spec: Static<Schema>, path: string): void;
  build(spec: Static<Schema>, size: { readonly columns: number }): Distribution;
}

/** States a base type; its schema gives the type of the spec that `check` and `build` receive. */
export function baseType<Schema extends TObject>(base: BaseType<Schema>): BaseType<Schema> {
  return base;
}
