import { ShapeError } from '../errors.ts';
import { add, sum } from '../graph/operations.ts';
import { describe, sameShape, type Tensor } from '../graph/tensor.ts';
import type { Parameter, Scope } from '../parameters.ts';

/**
 * A smooth invertible map of rows, written once as graph operations.
 * `normalize` takes data towards the base distribution, `generate` is its exact inverse.
 */
export interface Bijector {
  readonly columns: number;
  readonly parameters: readonly Parameter[];
  /** x [rows, columns] -> z [rows, columns] with log|det dz/dx|. */
  normalize(x: Tensor, scope: Scope): Normalized;
  /** z [rows, columns] -> x [rows, columns]. */
  generate(z: Tensor, scope: Scope): Tensor;
}

export interface Normalized {
  readonly z: Tensor;
  /**
   * Terms [rows, terms] in nats that add up, over the columns, to log|det dz/dx| of each row; undefined where it is zero.
   * Terms of the same number are added before they are summed, which spares a reduction for each layer.
   */
  readonly logDet: Tensor | undefined;
}

/** The bijectors one after another, the first nearest to the data. The log-determinants add up. */
export class Chain implements Bijector {
  readonly columns: number;
  readonly parameters: readonly Parameter[];
  readonly #bijectors: readonly Bijector[];

  constructor(columns: number, bijectors: readonly Bijector[]) {
    this.columns = columns;
    this.#bijectors = bijectors;
    this.parameters = bijectors.flatMap(({ parameters }) => parameters);
  }

  normalize(x: Tensor, scope: Scope): Normalized {
    let z = x;
    let logDet: Tensor | undefined;
    for (const bijector of this.#bijectors) {
      const step = bijector.normalize(z, scope);
      requireShape(step.z, x);
      z = step.z;
      logDet = addLogDets(logDet, step.logDet);
    }
    return { z, logDet };
  }

  generate(z: Tensor, scope: Scope): Tensor {
    return this.#bijectors.reduceRight((value, bijector) => {
      const x = bijector.generate(value, scope);
      requireShape(x, z);
      return x;
    }, z);
  }
}

function addLogDets(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return sameShape(a.shape, b.shape) ? add(a, b) : add(sum(a, [1], true), sum(b, [1], true));
}

function requireShape(result: Tensor, operand: Tensor): void {
  if (!sameShape(result.shape, operand.shape))
    throw new ShapeError(`Expected shape ${describe(operand.shape)}; got ${describe(result.shape)}`);
}
