import { Amortized } from '../bijectors/amortized.ts';
import { indicator, isLower } from '../bijectors/triangular.ts';
import {
  type ConditionerSpec,
  conditionerProperties,
  hiddenWidths,
  resolveConditioner,
} from '../conditioners/conditioner.ts';
import { add, affine, cast, concat, equal, exp, greaterOrEqual, mul, split, sub, sum } from '../graph/operations.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import type { Parameter, Scope } from '../parameters.ts';
import { check, strictObject } from '../schema.ts';
import { logSumExp } from './log-sum-exp.ts';
import { uniformOf } from './uniform.ts';

/** What a spec may say, as `categorical`, of the networks: one for each variable, with an output for each of its values. */
export const networkSchema = strictObject({ ...conditionerProperties, hidden: hiddenWidths([64]) });

/** With all defaults. Throws SpecError with a path below `path`. */
export function resolveNetwork(spec: unknown, path: string): ConditionerSpec {
  return resolveConditioner(check(networkSchema, spec, path), undefined, path);
}

/** Discrete variables: the value of each, [1, rows], and the indicators of its values, [categories, rows]. */
export interface Discrete {
  readonly values: readonly Tensor[];
  readonly variables: readonly Tensor[];
}

export interface CategoricalShape {
  /** Of each variable, how many values it may take: 0 .. categories - 1. */
  readonly categories: readonly number[];
  readonly context: number;
}

/**
 * Discrete variables one after the other, each given those before it and the context:
 *   log P(c) = sum_j log softmax(logits_j(c_1 .. c_{j-1}, context))_{c_j}.
 * Each has a network of its own, which starts at zero, and biases, which start at the logarithms of its frequencies. Shapes:
 * tensors are [values, rows], and variables are given as indicators of their values.
 *
 * A value without a row still has a probability above zero: frequencies are those of one row more for each value, and
 * however long it trains, the gradient of a logit vanishes with its probability.
 */
export class Categorical {
  readonly parameters: readonly Parameter[];
  /** Two for each variable. */
  readonly noiseColumns: number;
  readonly #categories: readonly number[];
  readonly #logits: readonly Amortized[];

  /** `counts`: of each variable, how many rows have each value; without them all are taken to be equally frequent. */
  constructor(
    network: ConditionerSpec,
    { categories, context }: CategoricalShape,
    counts: readonly (readonly number[])[] = categories.map((count) => new Array<number>(count).fill(0)),
  ) {
    this.#categories = categories;
    let given = context;
    this.#logits = categories.map((count, variable) => {
      const logits = new Amortized(network, given, [logFrequencies(counts[variable])]);
      given += count;
      return logits;
    });
    this.parameters = this.#logits.flatMap(({ parameters }) => parameters);
    this.noiseColumns = 2 * categories.length;
  }

  /** The indicators of each variable, [categories, rows] -> log-probability [rows], in nats. */
  logProb(variables: readonly Tensor[], scope: Scope): Tensor {
    return variables
      .map((variable, index) => {
        const logProb = this.#logProbs(index, variables.slice(0, index), scope);
        return sum(mul(logProb, variable), [0]);
      })
      .reduce((total, term) => add(total, term));
  }

  /** Standard normal noise [noiseColumns, rows] -> a sample. */
  sample(noise: Tensor, scope: Scope): Discrete {
    const parts = split(noise, new Array<number>(this.noiseColumns).fill(1), 0);
    const values: Tensor[] = [];
    const variables: Tensor[] = [];
    for (const [index, count] of this.#categories.entries()) {
      const uniform = uniformOf(parts.slice(2 * index, 2 * index + 2));
      const probabilities = exp(this.#logProbs(index, variables, scope));
      // The probability of all smaller values, for each value: a sample has reached its own and all before it.
      const before = affine(indicator(count, isLower, 'float32'), probabilities);
      const reached = cast(greaterOrEqual(uniform, before), 'float32');
      const value = sub(sum(reached, [0], true), 1);
      values.push(value);
      variables.push(indicators(value, count));
    }
    return { values, variables };
  }

  /** [categories, rows]; [categories, 1] of a variable that depends on nothing. */
  #logProbs(index: number, earlier: readonly Tensor[], scope: Scope): Tensor {
    const given = [scope.context, ...earlier].filter((part) => part !== undefined);
    const [logits] = this.#logits[index].values(given.length > 0 ? { ...scope, context: concat(given, 0) } : scope);
    return sub(logits, logSumExp(logits));
  }
}

/** Values [1, rows] -> for each value 1 where it is that, else 0: [count, rows]. */
export function indicators(values: Tensor, count: number): Tensor {
  const all = Float32Array.from({ length: count }, (_, value) => value);
  return cast(equal(values, constant(all, [count, 1])), 'float32');
}

/** Biases that start at the logarithms of frequencies, of one row more for each value: none is then minus infinity. */
function logFrequencies(counts: readonly number[]): Parameter {
  const rows = counts.reduce((total, count) => total + count + 1, 0);
  return {
    shape: [counts.length, 1],
    initialize: () => Float32Array.from(counts, (count) => Math.log((count + 1) / rows)),
  };
}
