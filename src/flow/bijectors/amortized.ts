import { type Static, Type } from 'typebox';
import { type Conditioner, conditionerProperties, createConditioner } from '../conditioners/conditioner.ts';
import { add } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Parameter, Scope } from '../parameters.ts';

/** The keys with which a layer's spec describes the network that moves its parameters with the context. */
export const amortizedProperties = conditionerProperties;
const schema = Type.Object(amortizedProperties);
type AmortizedSpec = Static<typeof schema>;

/**
 * Parameters of a layer that are the same for all rows of a flow without context, and given by the context of each row
 * where there is one (amortised, van den Berg et al. 2018): theta = theta_0 + network(context). The network starts at
 * zero, so that a layer starts as it would without context.
 */
export class Amortized {
  readonly parameters: readonly Parameter[];
  readonly #own: readonly Parameter[];
  readonly #conditioner: Conditioner | undefined;

  /** `own`, each [size, 1], are the parameters theta_0. */
  constructor(spec: AmortizedSpec, context: number, own: readonly Parameter[]) {
    const heads = own.map(({ shape: [size] }) => size);
    this.#own = own;
    this.#conditioner = context > 0 ? createConditioner(spec, { inputs: 0, context, heads }) : undefined;
    this.parameters = [...own, ...(this.#conditioner?.parameters ?? [])];
  }

  /** One tensor for each of the parameters: [size, 1], or [size, rows] with context. */
  values(scope: Scope): Tensor[] {
    const own = this.#own.map((parameter) => scope.parameter(parameter));
    const moves = this.#conditioner?.apply(undefined, scope);
    return moves ? own.map((value, index) => add(value, moves[index])) : own;
  }
}
