import { reshape, split } from './graph/operations.ts';
import { constant, elementCount, type Tensor } from './graph/tensor.ts';
import { RandomStream } from './random/stream.ts';

/** A trained array of a bijector or distribution: its shape, and where training starts. */
export interface Parameter {
  readonly shape: readonly number[];
  /** The starting values, row-major. */
  initialize(random: RandomStream): Float32Array;
}

/** Where the formulae of a flow find what they depend on beside the rows themselves. */
export interface Scope {
  /** The present value of a parameter: given at run time, or fixed in the program. */
  parameter(parameter: Parameter): Tensor;
  /** What a conditional flow is conditioned on, [context columns, rows]. */
  readonly context?: Tensor;
  /**
   * Where columns may be missing: 1 for each that is observed, else 0, float32 [columns, rows], in the order in which the
   * columns stand. A missing column is 0.
   */
  readonly observed?: Tensor | undefined;
  /**
   * While sampling only, float32 [1, 1]: by how much the numbers of a base are drawn nearer to its centre (below 1) or further
   * from it. Categories, and of mixtures the component, are drawn as ever.
   */
  readonly temperature?: Tensor | undefined;
  /** While training only: sets a random part of the elements of x [units, rows] to zero and scales up the others. */
  dropout?(x: Tensor, rate: number): Tensor;
}

/** All parameters of a flow as one vector, in a fixed order: what is optimised, checkpointed and stored. */
export class ParameterVector {
  readonly length: number;
  readonly parts: readonly Parameter[];
  readonly #sizes: readonly number[];

  constructor(parameters: readonly Parameter[]) {
    this.parts = parameters;
    this.#sizes = parameters.map(({ shape }) => elementCount(shape));
    this.length = this.#sizes.reduce((total, size) => total + size, 0);
  }

  /** The vector from which training with this seed starts. */
  initialize(seed: number): Float32Array {
    const random = new RandomStream(seed, 'initialization');
    const values = new Float32Array(this.length);
    let offset = 0;
    for (const parameter of this.parts) {
      const initial = parameter.initialize(random);
      values.set(initial, offset);
      offset += initial.length;
    }
    return values;
  }

  /** The parameters as parts of a vector [length] that the program is given. */
  within(vector: Tensor): Scope {
    const parts = this.length === 0 ? [] : split(vector, this.#sizes);
    return this.#scope((index, shape) => reshape(parts[index], shape));
  }

  /** The parameters as constants of the program. */
  fixed(values: Float32Array): Scope {
    if (values.length !== this.length) throw new RangeError(`Expected ${this.length} parameters; got ${values.length}`);
    let offset = 0;
    const starts = this.#sizes.map((size) => {
      offset += size;
      return offset - size;
    });
    return this.#scope((index, shape) =>
      constant(values.slice(starts[index], starts[index] + this.#sizes[index]), shape),
    );
  }

  #scope(tensorOf: (index: number, shape: readonly number[]) => Tensor): Scope {
    const tensors = new Map(this.parts.map((parameter, index) => [parameter, tensorOf(index, parameter.shape)]));
    return {
      parameter(parameter) {
        const tensor = tensors.get(parameter);
        if (!tensor) throw new RangeError('The parameter is not part of this flow');
        return tensor;
      },
    };
  }
}

/** A parameter that starts at the same value everywhere. */
export function filledParameter(shape: readonly number[], value: number): Parameter {
  return { shape, initialize: () => new Float32Array(elementCount(shape)).fill(value) };
}

/** A parameter whose elements start uniform within `bound` of zero. */
export function uniformParameter(shape: readonly number[], bound: number): Parameter {
  return {
    shape,
    initialize: (random) =>
      Float32Array.from({ length: elementCount(shape) }, () => bound * (2 * random.uniform() - 1)),
  };
}

/** A parameter whose elements start normal with mean 0. */
export function normalParameter(shape: readonly number[], deviation: number): Parameter {
  return {
    shape,
    initialize: (random) => Float32Array.from({ length: elementCount(shape) }, () => deviation * random.normal()),
  };
}
