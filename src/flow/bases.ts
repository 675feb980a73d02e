import type { BaseType } from './distributions/base.ts';
import { mixture } from './distributions/mixture.ts';
import { normal } from './distributions/normal.ts';
import { studentT } from './distributions/student-t.ts';
import { uniform } from './distributions/uniform.ts';

/** Every type of base distribution, by the name that specs use. */
export const baseTypes: ReadonlyMap<string, BaseType> = new Map(
  [normal, studentT, uniform, mixture].map((base) => [base.type, base as unknown as BaseType]),
);

/** Throws RangeError when there is no such type: specs are checked before they come here. */
export function baseTypeOf(type: string): BaseType {
  const base = baseTypes.get(type);
  if (!base) throw new RangeError(`There is no base type ${type}`);
  return base;
}
