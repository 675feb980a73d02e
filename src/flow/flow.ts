import { baseTypeOf } from './bases.ts';
import { type Bijector, Chain, Inverse } from './bijectors/bijector.ts';
import type { LayerSize } from './bijectors/layer.ts';
import { onlyObserved } from './bijectors/observed.ts';
import type { ConditionerSpec } from './conditioners/conditioner.ts';
import type { Distribution } from './distributions/distribution.ts';
import { abs, add, split, sub, sum, transpose } from './graph/operations.ts';
import type { Tensor } from './graph/tensor.ts';
import { layerTypeOf } from './layers.ts';
import { ParameterVector, type Scope } from './parameters.ts';

/** A density of encoded rows (see `Layout`), with parameters that can be trained. */
export interface RowFlow {
  /** What is modelled, and what it is conditioned on. */
  readonly columns: number;
  readonly context: number;
  /** Columns of standard normal noise that a sample takes. */
  readonly noiseColumns: number;
  readonly parameters: ParameterVector;
  /** x [rows, columns + context] -> log-density of the columns given the context [rows], in nats. */
  logProb(x: Tensor, scope: Scope): Tensor;
  /** Standard normal noise [rows, noiseColumns], and the context [rows, context] -> a sample x [rows, columns]. */
  sample(noise: Tensor, scope: Scope, context?: Tensor): Tensor;
  /** The same, with what its numbers are on the way. */
  sampleSteps(noise: Tensor, scope: Scope, context?: Tensor): SampleSteps;
  /** x [rows, columns + context] taken to the base and back -> by how much it has changed [rows, columns]. */
  roundTripError(x: Tensor, scope: Scope): Tensor;
  /** The flow of the numbers: all of it, where nothing is discrete; undefined where there are none. */
  readonly ofNumbers: Flow | undefined;
  /** The numbers of x [rows, columns + context] as that flow takes them. */
  numbersOf(x: Tensor, scope: Scope): Numbers;
}

/** Numbers of encoded rows, columns first, and the scope in which they stand. */
export interface Numbers {
  /** [columns, rows]; undefined where there are none. */
  readonly numbers: Tensor | undefined;
  readonly at: Scope;
}

export interface SampleSteps {
  /** The numbers, [columns, rows] each: at the base, and behind each layer on the way to the data. */
  readonly steps: readonly Tensor[];
  /** [rows, columns]. */
  readonly x: Tensor;
}

/** A resolved spec: no presets, no repetitions, no defaults left open, nothing left to chance. */
export interface FlowSpec {
  readonly base: BaseSpec;
  /** From the data towards the base. */
  readonly layers: readonly LayerSpec[];
  /** Where there are discrete variables: the network that gives the probabilities of each, from those before it. */
  readonly categorical?: ConditionerSpec;
}
export interface BaseSpec {
  readonly type: string;
  readonly [key: string]: unknown;
}
export interface LayerSpec {
  readonly type: string;
  /** The layer with its directions exchanged. */
  readonly inverse?: boolean;
  readonly [key: string]: unknown;
}

/**
 * A normalizing flow: log p(x) = log p_z(normalize(x)) + log|det dz/dx| for rows x in standardised units
 * (Rezende and Mohamed 2015; Papamakarios et al. 2021). A conditional flow finds its context in the scope.
 */
export class Flow implements RowFlow {
  readonly columns: number;
  readonly context: number;
  readonly noiseColumns: number;
  readonly parameters: ParameterVector;
  readonly bijector: Chain;
  readonly ofNumbers = this;
  readonly #base: Distribution;

  /** `spec` must be resolved (see spec.ts). */
  constructor(spec: FlowSpec, size: LayerSize) {
    this.columns = size.columns;
    this.context = size.context;
    this.bijector = new Chain(spec.layers.map((layer) => bijectorOf(layer, size)));
    const { type, ...base } = spec.base;
    this.#base = baseTypeOf(type).build(base, size);
    this.noiseColumns = this.#base.noiseColumns;
    this.parameters = new ParameterVector([...this.bijector.parameters, ...this.#base.parameters]);
  }

  logProb(x: Tensor, scope: Scope): Tensor {
    const { numbers, at } = this.numbersOf(x, scope);
    return this.logDensity(numbers, at);
  }

  /** x [columns, rows] -> log-density of its observed columns [rows], in nats; the context is in the scope. */
  logDensity(x: Tensor, scope: Scope): Tensor {
    const { z, logDet } = this.bijector.normalize(x, scope);
    const baseLogProb = this.#base.logProb(z, this.bijector.behind(scope));
    return logDet ? add(baseLogProb, sum(logDet, [0])) : baseLogProb;
  }

  sample(noise: Tensor, scope: Scope, context?: Tensor): Tensor {
    return this.sampleSteps(noise, scope, context).x;
  }

  sampleSteps(noise: Tensor, scope: Scope, context?: Tensor): SampleSteps {
    const given = context ? { ...scope, context: transpose(context) } : scope;
    const steps = this.generateSteps(transpose(noise), given);
    return { steps, x: transpose(steps[steps.length - 1]) };
  }

  /**
   * Standard normal noise [noiseColumns, rows] -> a sample of the base, and what it becomes behind each layer, [columns, rows] each,
   * the last a sample x; the context is in the scope.
   */
  generateSteps(noise: Tensor, scope: Scope): Tensor[] {
    const atBase = this.bijector.behind(scope);
    return this.bijector.generateSteps(onlyObserved(this.#base.sample(noise, atBase), atBase), scope);
  }

  /** The point around which the base lies, [columns, 1]. */
  centre(scope: Scope): Tensor {
    return this.#base.centre(scope);
  }

  roundTripError(x: Tensor, scope: Scope): Tensor {
    const { numbers, at } = this.numbersOf(x, scope);
    return transpose(this.thereAndBack(numbers, at));
  }

  /** x [columns, rows] taken to the base and back -> by how much it has changed [columns, rows]. */
  thereAndBack(x: Tensor, scope: Scope): Tensor {
    return abs(sub(x, this.bijector.generate(this.bijector.normalize(x, scope).z, scope)));
  }

  numbersOf(x: Tensor, scope: Scope): Numbers & { readonly numbers: Tensor } {
    if (this.context === 0) return { numbers: transpose(x), at: scope };
    const [numbers, context] = split(transpose(x), [this.columns, this.context], 0);
    return { numbers, at: { ...scope, context } };
  }
}

function bijectorOf({ type, inverse = false, ...layer }: LayerSpec, size: LayerSize): Bijector {
  const bijector = layerTypeOf(type).build(layer, size);
  return inverse ? new Inverse(bijector) : bijector;
}
