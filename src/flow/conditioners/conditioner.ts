import { type Static, Type } from 'typebox';
import { SpecError } from '../errors.ts';
import { add, concat, mul, relu, sigmoid, split, tanh } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, type Parameter, type Scope } from '../parameters.ts';
import { type Degrees, hiddenDegrees, mask } from './degrees.ts';
import { Linear } from './linear.ts';

/**
 * A network from some columns of a row, and the context, to the parameters of a transform of others.
 * Its last layer starts at zero, so that a bijector which it conditions starts at its own identity.
 */
export interface Conditioner {
  readonly parameters: readonly Parameter[];
  /** x [inputs, rows] -> one tensor [outputs, rows] for each head; [outputs, 1] when there is nothing to depend on. */
  apply(x: Tensor | undefined, scope: Scope): Tensor[];
}

export const activations = {
  relu,
  tanh,
  silu: (x: Tensor) => mul(x, sigmoid(x)),
} as const;
type Activation = keyof typeof activations;
const activationNames = Object.keys(activations) as Activation[];

/** The widths of hidden layers or blocks. */
export const hiddenWidths = (usual: readonly number[]) =>
  Type.Array(Type.Integer({ minimum: 1, maximum: 4096 }), { default: [...usual], maxItems: 8 });

/** The keys with which a layer's spec describes its conditioner. */
export const conditionerProperties = {
  network: Type.Enum(['mlp', 'residual'], {
    default: 'mlp',
    description: 'mlp: one hidden layer for each width; residual: one block of two layers for each, all of one width',
  }),
  hidden: hiddenWidths([64, 64]),
  activation: Type.Enum(activationNames, { default: 'relu' }),
  dropout: Type.Number({ minimum: 0, exclusiveMaximum: 1, default: 0, description: 'Units left out in training' }),
};
const conditionerSchema = Type.Object(conditionerProperties);
export type ConditionerSpec = Static<typeof conditionerSchema>;

export interface ConditionerShape {
  readonly inputs: number;
  readonly context: number;
  /** Sizes of the outputs. */
  readonly heads: readonly number[];
  /** For an autoregressive network: the place of each input, and of each output of each head, in the order of columns. */
  readonly degrees?: { readonly inputs: Degrees; readonly heads: readonly Degrees[] };
}

export function createConditioner(spec: ConditionerSpec, shape: ConditionerShape): Conditioner {
  if (shape.inputs + shape.context === 0) return new Constants(shape.heads);
  return new Network(spec, shape);
}

/** The `resolve` of layers with a conditioner: throws SpecError when the network that the spec describes cannot be. */
export function resolveConditioner<Spec extends ConditionerSpec>(spec: Spec, _place: unknown, path: string): Spec {
  const { network, hidden } = spec;
  if (network === 'residual' && (hidden.length === 0 || hidden.some((width) => width !== hidden[0])))
    throw new SpecError(
      `${path}/hidden`,
      `Expected widths that are all the same, one for each residual block; got ${JSON.stringify(hidden)}`,
    );
  return spec;
}

/** Where there is nothing to depend on, the parameters of the transform are trained as they stand. */
class Constants implements Conditioner {
  readonly parameters: readonly Parameter[];

  constructor(heads: readonly number[]) {
    this.parameters = heads.map((size) => filledParameter([size, 1], 0));
  }

  apply(_x: Tensor | undefined, scope: Scope): Tensor[] {
    return this.parameters.map((parameter) => scope.parameter(parameter));
  }
}

/** A multilayer perceptron, or a residual network x + W2 a(W1 a(x)) (He et al. 2016), with a linear layer at the end. */
class Network implements Conditioner {
  readonly parameters: readonly Parameter[];
  readonly #spec: ConditionerSpec;
  readonly #hidden: readonly Linear[];
  readonly #last: Linear;
  readonly #heads: readonly number[];

  constructor(spec: ConditionerSpec, { inputs, context, heads, degrees }: ConditionerShape) {
    this.#spec = spec;
    // The context comes before all columns: everything may depend on it.
    const inputDegrees: Degrees | undefined = degrees && [...degrees.inputs, ...new Array<number>(context).fill(0)];
    const residual = spec.network === 'residual';
    const widths = residual ? [spec.hidden[0], ...spec.hidden.flatMap((width) => [width, width])] : spec.hidden;
    let previous = { width: inputs + context, degrees: inputDegrees };
    this.#hidden = widths.map((width) => {
      const next = { width, degrees: degrees && hiddenDegrees(width, degrees.inputs, context) };
      const layer = new Linear(previous.width, width, { mask: mask(next.degrees, previous.degrees) });
      previous = next;
      return layer;
    });
    const outputs = heads.reduce((total, size) => total + size, 0);
    // One product for all heads, taken apart: several smaller ones would each have their own gradients to add up.
    this.#last = new Linear(previous.width, outputs, {
      mask: mask(degrees?.heads.flat(), previous.degrees, { strict: true }),
      zero: true,
    });
    this.#heads = heads;
    this.parameters = [...this.#hidden, this.#last].flatMap(({ parameters }) => parameters);
  }

  apply(x: Tensor | undefined, scope: Scope): Tensor[] {
    const inputs = [x, scope.context].filter((part) => part !== undefined);
    const joined = concat(inputs, 0);
    const hidden = this.#spec.network === 'residual' ? this.#residual(joined, scope) : this.#perceptron(joined, scope);
    return [...split(this.#last.apply(hidden, scope), this.#heads, 0)];
  }

  #perceptron(x: Tensor, scope: Scope): Tensor {
    return this.#hidden.reduce((value, layer) => this.#dropout(this.#activate(layer.apply(value, scope)), scope), x);
  }

  #residual(x: Tensor, scope: Scope): Tensor {
    const [first, ...rest] = this.#hidden;
    let value = first.apply(x, scope);
    for (let block = 0; block < rest.length; block += 2) {
      const inner = this.#activate(rest[block].apply(this.#activate(value), scope));
      value = add(value, rest[block + 1].apply(this.#dropout(inner, scope), scope));
    }
    return value;
  }

  #activate(x: Tensor): Tensor {
    return activations[this.#spec.activation](x);
  }

  #dropout(x: Tensor, scope: Scope): Tensor {
    const { dropout } = this.#spec;
    return dropout > 0 && scope.dropout ? scope.dropout(x, dropout) : x;
  }
}
