import { ShapeError } from '../errors.ts';
import { add, neg, sum } from '../graph/operations.ts';
import { describe, sameShape, type Tensor } from '../graph/tensor.ts';
import type { Parameter, Scope } from '../parameters.ts';

/**
 * A smooth invertible map of rows, written once as graph operations.
 * `normalize` takes data towards the base distribution, `generate` is its exact inverse.
 *
 * Inside a flow, tensors are [columns, rows]: taking columns apart, joining and reordering them then moves whole runs of
 * memory, and what is the same for all rows is repeated along runs too.
 */
export interface Bijector {
  readonly parameters: readonly Parameter[];
  /** Whether the columns of z are those of x in another order. */
  readonly reorders?: boolean;
  /** x [columns, rows] -> z [columns, rows] with log|det dz/dx|. */
  normalize(x: Tensor, scope: Scope): Normalized;
  /** z [columns, rows] -> x [columns, rows]. It need not have gradients, if `generateWithGradient` has. */
  generate(z: Tensor, scope: Scope): Tensor;
  /** As `generate`, in operations that all have gradients: what training the inverse of the bijector needs. */
  generateWithGradient?(z: Tensor, scope: Scope): Tensor;
}

export interface Normalized {
  readonly z: Tensor;
  /**
   * Terms [terms, rows] in nats that add up, over the first axis, to log|det dz/dx| of each row; [terms, 1] where they are
   * the same for all rows; undefined where they are zero. Terms of layers are added before they are summed, which spares
   * a reduction for each.
   */
  readonly logDet: Tensor | undefined;
}

/** The bijectors one after another, the first nearest to the data. The log-determinants add up. */
export class Chain implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly #bijectors: readonly Bijector[];

  constructor(bijectors: readonly Bijector[]) {
    this.#bijectors = bijectors;
    this.parameters = bijectors.flatMap(({ parameters }) => parameters);
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    let z = x;
    let logDet: Tensor | undefined;
    let at = scope;
    for (const bijector of this.#bijectors) {
      const step = bijector.normalize(z, at);
      requireShape(step.z, x);
      z = step.z;
      logDet = addLogDets(logDet, step.logDet);
      at = behind(bijector, at);
    }
    return { z, logDet };
  }

  /** The scope in which the base stands. */
  behind(scope: Scope): Scope {
    return this.#bijectors.reduce((at, bijector) => behind(bijector, at), scope);
  }

  generate(z: Tensor, scope: Scope): Tensor {
    const scopes: Scope[] = [];
    this.#bijectors.reduce((at, bijector) => {
      scopes.push(at);
      return behind(bijector, at);
    }, scope);
    return this.#bijectors.reduceRight((value, bijector, index) => {
      const x = bijector.generate(value, scopes[index]);
      requireShape(x, z);
      return x;
    }, z);
  }
}

/** A bijector with its directions exchanged. Normalizing costs what generating and normalizing cost together. */
export class Inverse implements Bijector {
  readonly parameters: readonly Parameter[];
  readonly reorders: boolean;
  readonly #bijector: Bijector;

  constructor(bijector: Bijector) {
    this.#bijector = bijector;
    this.parameters = bijector.parameters;
    this.reorders = bijector.reorders ?? false;
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    const inner = this.#bijector;
    const z = inner.generateWithGradient ? inner.generateWithGradient(x, scope) : inner.generate(x, scope);
    const { logDet } = inner.normalize(z, scope);
    return { z, logDet: logDet && neg(logDet) };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    return this.#bijector.normalize(z, scope).z;
  }
}

/** The scope in which what comes after a bijector stands: that of the same columns in their new order. */
function behind(bijector: Bijector, scope: Scope): Scope {
  if (!scope.observed || !bijector.reorders) return scope;
  return { ...scope, observed: bijector.normalize(scope.observed, scope).z };
}

/** The sum of two log-determinants. */
export function addLogDets(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return sameShape(a.shape, b.shape) ? add(a, b) : add(sum(a, [0], true), sum(b, [0], true));
}

function requireShape(result: Tensor, operand: Tensor): void {
  if (!sameShape(result.shape, operand.shape))
    throw new ShapeError(`Expected shape ${describe(operand.shape)}; got ${describe(result.shape)}`);
}
