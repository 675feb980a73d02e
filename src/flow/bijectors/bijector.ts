import { ShapeError } from '../errors.ts';
import { add, div, neg, sum } from '../graph/operations.ts';
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
  /** Across which hyperplanes it stretches or squeezes space, where it does. */
  hyperplanes?(scope: Scope): Hyperplanes | undefined;
}

/** Hyperplanes w.x + b = 0 where a layer pulls space apart or together most, in its x; [.., 1] where all rows have the same. */
export interface Hyperplanes {
  /** w, [hyperplanes, columns, 1 or rows]. */
  readonly normals: Tensor;
  /** b, [hyperplanes, 1 or rows]. */
  readonly offsets: Tensor;
  /** The factor of |det dz/dx| that each contributes there, [hyperplanes, 1 or rows]. */
  readonly slopes: Tensor;
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
    const steps = this.normalizeSteps(x, scope);
    const logDet = steps.map((step) => step.logDet).reduce((total, own) => addLogDets(total, own), undefined);
    return { z: steps[steps.length - 1].z, logDet };
  }

  /** x, and what each bijector in turn makes of it on the way to the base, with its own log-determinant. */
  normalizeSteps(x: Tensor, scope: Scope): Normalized[] {
    const steps: Normalized[] = [{ z: x, logDet: undefined }];
    for (const [index, at] of this.#scopes(scope).entries()) {
      const step = this.#bijectors[index].normalize(steps[index].z, at);
      requireShape(step.z, x);
      steps.push(step);
    }
    return steps;
  }

  /** The scope in which the base stands. */
  behind(scope: Scope): Scope {
    return this.#bijectors.reduce((at, bijector) => behind(bijector, at), scope);
  }

  generate(z: Tensor, scope: Scope): Tensor {
    const steps = this.generateSteps(z, scope);
    return steps[steps.length - 1];
  }

  /** z, and what each bijector in turn, the last first, makes of it on the way to the data. */
  generateSteps(z: Tensor, scope: Scope): Tensor[] {
    const scopes = this.#scopes(scope);
    const steps = [z];
    for (let index = this.#bijectors.length - 1; index >= 0; index--) {
      const x = this.#bijectors[index].generate(steps[steps.length - 1], scopes[index]);
      requireShape(x, z);
      steps.push(x);
    }
    return steps;
  }

  /** Those of each bijector, the first nearest to the data. */
  hyperplanesOfEach(scope: Scope): (Hyperplanes | undefined)[] {
    return this.#scopes(scope).map((at, index) => this.#bijectors[index].hyperplanes?.(at));
  }

  /** The scope in which each bijector stands. */
  #scopes(scope: Scope): Scope[] {
    let at = scope;
    return this.#bijectors.map((bijector) => {
      const own = at;
      at = behind(bijector, at);
      return own;
    });
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

  /** Those of the bijector, which are in its own x; what it stretches across them is squeezed. */
  hyperplanes(scope: Scope): Hyperplanes | undefined {
    const own = this.#bijector.hyperplanes?.(scope);
    return own && { ...own, slopes: div(1, own.slopes) };
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
