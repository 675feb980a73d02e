import { onlyObserved } from './bijectors/observed.ts';
import { Categorical, type Discrete, indicators } from './distributions/categorical.ts';
import type { FlowShape } from './encoding/layout.ts';
import { Flow, type FlowSpec, type Numbers, type RowFlow, type SampleSteps } from './flow.ts';
import { add, affine, concat, mul, split, transpose } from './graph/operations.ts';
import { constant, type Tensor } from './graph/tensor.ts';
import { ParameterVector, type Scope } from './parameters.ts';

/** How often each value of each discrete variable occurs in the rows to be trained on. */
export type Counts = readonly (readonly number[])[];

/** The flow that a resolved spec describes. Without discrete variables it is a plain one. */
export function createFlow(spec: FlowSpec, shape: FlowShape, counts?: Counts): RowFlow {
  return shape.categories.length === 0 ? new Flow(spec, shape) : new MixedFlow(spec, shape, counts);
}

/**
 * A density of rows with discrete variables c and numbers y, exactly:
 *   log p(c, y) = sum_j log P(c_j | c_1 .. c_{j-1}, context) + log p(y | c, context).
 * The probabilities are those of networks, the density that of a flow whose context is the context with the indicators of c.
 * There may be no numbers. Of numbers that may be missing, whether they are observed is among the discrete variables, and the
 * flow is one of those that are observed: its density is that of the observed numbers, exactly, for each pattern of gaps.
 * Rows are laid out as `Layout` says.
 */
export class MixedFlow implements RowFlow {
  readonly columns: number;
  readonly context: number;
  readonly noiseColumns: number;
  readonly parameters: ParameterVector;
  readonly #shape: FlowShape;
  readonly #categorical: Categorical;
  readonly ofNumbers: Flow | undefined;

  /** `spec` must be resolved for this shape (see spec.ts). */
  constructor(spec: FlowSpec, shape: FlowShape, counts?: Counts) {
    const { columns, context, categories } = shape;
    if (!spec.categorical) throw new RangeError('Expected a flow that was resolved for discrete variables');
    this.#shape = shape;
    this.#categorical = new Categorical(spec.categorical, shape, counts);
    const indicatorCount = categories.reduce((total, count) => total + count, 0);
    this.ofNumbers = columns > 0 ? new Flow(spec, { columns, context: context + indicatorCount }) : undefined;
    this.columns = columns + categories.length;
    this.context = context;
    this.noiseColumns = (this.ofNumbers?.noiseColumns ?? 0) + this.#categorical.noiseColumns;
    this.parameters = new ParameterVector([
      ...(this.ofNumbers?.parameters.parts ?? []),
      ...this.#categorical.parameters,
    ]);
  }

  logProb(x: Tensor, scope: Scope): Tensor {
    const { numbers, discrete, given } = this.#parts(x, scope);
    const logProb = this.#categorical.logProb(discrete.variables, given);
    if (!this.ofNumbers || !numbers) return logProb;
    const at = this.#conditioned(given, discrete);
    return add(this.ofNumbers.logDensity(onlyObserved(numbers, at), at), logProb);
  }

  sample(noise: Tensor, scope: Scope, context?: Tensor): Tensor {
    return this.sampleSteps(noise, scope, context).x;
  }

  /** The last columns of the noise choose the values of the discrete variables. */
  sampleSteps(noise: Tensor, scope: Scope, context?: Tensor): SampleSteps {
    const given = context ? { ...scope, context: transpose(context) } : scope;
    const flow = this.ofNumbers;
    const sizes = [flow?.noiseColumns ?? 0, this.#categorical.noiseColumns].filter((size) => size > 0);
    const parts = split(transpose(noise), sizes, 0);
    const discrete = this.#categorical.sample(parts[parts.length - 1], given);
    const steps = flow ? flow.generateSteps(parts[0], this.#conditioned(given, discrete)) : [];
    return { steps, x: transpose(concat([...steps.slice(-1), ...discrete.values], 0)) };
  }

  numbersOf(x: Tensor, scope: Scope): Numbers {
    const { numbers, discrete, given } = this.#parts(x, scope);
    const at = this.#conditioned(given, discrete);
    return { numbers: numbers && onlyObserved(numbers, at), at };
  }

  roundTripError(x: Tensor, scope: Scope): Tensor {
    const { numbers, discrete, given } = this.#parts(x, scope);
    const at = this.#conditioned(given, discrete);
    const ofNumbers = this.ofNumbers && numbers ? [this.ofNumbers.thereAndBack(onlyObserved(numbers, at), at)] : [];
    return transpose(concat([...ofNumbers, ...discrete.values.map((value) => mul(value, 0))], 0));
  }

  /** The numbers [columns, rows], the discrete variables, and the scope with the context. */
  #parts(x: Tensor, scope: Scope) {
    const { columns, context, categories } = this.#shape;
    const sizes = [columns, ...categories.map(() => 1), context].filter((size) => size > 0);
    const parts = split(transpose(x), sizes, 0);
    const [numbers, rest] = columns > 0 ? [parts[0], parts.slice(1)] : [undefined, parts];
    const values = rest.slice(0, categories.length);
    return {
      numbers,
      discrete: { values, variables: values.map((value, index) => indicators(value, categories[index])) },
      given: context > 0 ? { ...scope, context: rest[categories.length] } : scope,
    };
  }

  /** The scope in which the numbers stand, given the discrete variables. */
  #conditioned(scope: Scope, { values, variables }: Discrete): Scope {
    const context = concat([...(scope.context ? [scope.context] : []), ...variables], 0);
    const { columns, gaps } = this.#shape;
    if (gaps.length === 0) return { ...scope, context };
    const flags = concat(values.slice(0, gaps.length), 0);
    const isOf = Float32Array.from({ length: columns * gaps.length }, (_, index) =>
      Number(Math.floor(index / gaps.length) === gaps[index % gaps.length]),
    );
    const always = Float32Array.from({ length: columns }, (_, column) => Number(!gaps.includes(column)));
    const observed = affine(constant(isOf, [columns, gaps.length]), flags, constant(always, [columns, 1]));
    return { ...scope, context, observed };
  }
}
