import { affine, mul } from '../graph/operations.ts';
import type { Tensor } from '../graph/tensor.ts';
import { filledParameter, type Parameter, type Scope, uniformParameter } from '../parameters.ts';
import { type Mask, maskTensor } from './degrees.ts';

export interface LinearOptions {
  /** Which inputs each output may depend on; undefined: all. */
  readonly mask?: Mask | undefined;
  /** Start at zero, in place of uniform within 1/sqrt(inputs). */
  readonly zero?: boolean;
}

/** y = W x + b for x [inputs, rows], y [outputs, rows]. */
export class Linear {
  readonly parameters: readonly Parameter[];
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  readonly #mask: Mask | undefined;

  constructor(inputs: number, outputs: number, { mask, zero = false }: LinearOptions = {}) {
    // Biases that differ keep the units of a network with few inputs from bending at the same place.
    const bound = zero ? 0 : 1 / Math.sqrt(inputs);
    const starting = (shape: readonly number[]) => (zero ? filledParameter(shape, 0) : uniformParameter(shape, bound));
    this.#weight = starting([outputs, inputs]);
    this.#bias = starting([outputs, 1]);
    this.#mask = mask;
    this.parameters = [this.#weight, this.#bias];
  }

  apply(x: Tensor, scope: Scope): Tensor {
    const weight = scope.parameter(this.#weight);
    return affine(this.#mask ? mul(weight, maskTensor(this.#mask)) : weight, x, scope.parameter(this.#bias));
  }
}
