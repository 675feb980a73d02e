import { affine, relu, tanh } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, type Parameter, type Scope } from '../parameters.ts';
import type { RandomStream } from '../random/stream.ts';

export const activations = { relu, tanh } as const;
export type Activation = keyof typeof activations;

/**
 * A multilayer perceptron [rows, inputs] -> [rows, outputs]. Its last layer starts at zero, so that a bijector which it
 * conditions starts at its own identity. The other weights and biases start uniform within 1/sqrt(inputs of the layer):
 * biases that differ keep the units of a network with few inputs from bending at the same place.
 */
export class Mlp {
  readonly parameters: readonly Parameter[];
  readonly #layers: readonly { weight: Parameter; bias: Parameter }[];
  readonly #activation: Activation;

  constructor(inputs: number, hidden: readonly number[], outputs: number, activation: Activation) {
    const widths = [inputs, ...hidden];
    this.#activation = activation;
    this.#layers = [
      ...hidden.map((width, index) => ({
        weight: uniformParameter([widths[index], width], widths[index]),
        bias: uniformParameter([width], widths[index]),
      })),
      { weight: filledParameter([widths[hidden.length], outputs], 0), bias: filledParameter([outputs], 0) },
    ];
    this.parameters = this.#layers.flatMap(({ weight, bias }) => [weight, bias]);
  }

  apply(x: Tensor, scope: Scope): Tensor {
    const activate = activations[this.#activation];
    return this.#layers.reduce((value, { weight, bias }, index) => {
      const output = affine(value, scope.parameter(weight), scope.parameter(bias));
      return index < this.#layers.length - 1 ? activate(output) : output;
    }, x);
  }
}

function uniformParameter(shape: readonly number[], fanIn: number): Parameter {
  const bound = 1 / Math.sqrt(fanIn);
  const size = shape.reduce((product, length) => product * length, 1);
  return {
    shape,
    initialize: (random: RandomStream) => Float32Array.from({ length: size }, () => bound * (2 * random.uniform() - 1)),
  };
}
