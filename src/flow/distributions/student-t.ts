import { add, div, exp, log, mul, softplus, split, sqrt, sub, sum, tanh } from '../graph/operations.ts';
import { filled, type Tensor } from '../graph/tensor.ts';
import { filledParameter, type Parameter, type Scope } from '../parameters.ts';
import { strictObject } from '../schema.ts';
import { baseType } from './base.ts';
import type { Distribution } from './distribution.ts';
import { Located, learnedProperty } from './located.ts';

const leastDegrees = 1;
const startingDegrees = 10;
/** Keeps the ratio of two zeros from being NaN; far below what single precision adds to the square of any noise. */
const tiny = 2 ** -100;

/**
 * Independent Student-t columns of trained degrees of freedom nu, at least 1 and 10 at the start:
 *   log p(z) = sum log G(nu / 2) - (nu + 1) / 2 log(1 + z^2 / nu), G(x) = Gamma(x + 1/2) / (Gamma(x) sqrt(2 pi x)).
 * Layers that are the identity far out leave their tails as heavy as those of the base (Jaini et al. 2020).
 */
export class StudentT implements Distribution {
  readonly parameters: readonly Parameter[];
  readonly noiseColumns: number;
  readonly #columns: number;
  readonly #rawDegrees: Parameter;

  constructor(columns: number) {
    this.#columns = columns;
    this.#rawDegrees = filledParameter([columns, 1], Math.log(Math.expm1(startingDegrees - leastDegrees)));
    this.parameters = [this.#rawDegrees];
    this.noiseColumns = 2 * columns;
  }

  logProb(z: Tensor, scope: Scope): Tensor {
    const nu = this.#degrees(scope);
    const tails = mul(log(add(div(mul(z, z), nu), 1)), mul(add(nu, 1), 0.5));
    const ofColumns = logNormalizer(mul(nu, 0.5));
    const { observed } = scope;
    return sub(observed ? sum(mul(ofColumns, observed), [0]) : sum(ofColumns), sum(tails, [0]));
  }

  /**
   * The polar method of Bailey (1994), t = sqrt(nu (u^(-2 / nu) - 1)) cos(v), whose uniform u and angle v come from two
   * normals: u = exp(-r^2 / 2), cos v = a / r with r^2 = a^2 + b^2. With y = r^2 / nu, e^y - 1 = tanh(y / 2) (e^y + 1) keeps
   * its digits for small y.
   */
  sample(noise: Tensor, scope: Scope): Tensor {
    const nu = this.#degrees(scope);
    const [a, b] = split(noise, [this.#columns, this.#columns], 0);
    const squared = add(add(mul(a, a), mul(b, b)), tiny);
    const y = div(squared, nu);
    const growth = mul(tanh(mul(y, 0.5)), add(exp(y), 1));
    const t = mul(a, sqrt(div(growth, y)));
    return scope.temperature ? mul(t, scope.temperature) : t;
  }

  centre(): Tensor {
    return filled([this.#columns, 1], 0);
  }

  #degrees(scope: Scope): Tensor {
    return add(softplus(scope.parameter(this.#rawDegrees)), leastDegrees);
  }
}

/** By how much x is raised to where the series is accurate to 1e-8, from x >= 1/2 on. */
const raised = 4;

/**
 * log(Gamma(x + 1/2) / (Gamma(x) sqrt(2 pi x))): by Gamma(x + 1) = x Gamma(x) until x is large, then by the asymptotic series
 * log(Gamma(x + 1/2) / Gamma(x)) = log(x) / 2 - 1 / (8 x) + 1 / (192 x^3) - 1 / (640 x^5) + 17 / (14336 x^7) - ...
 * The ratio has no large terms that cancel, as the two gamma functions have.
 */
function logNormalizer(x: Tensor): Tensor {
  let ratio = mul(log(mul(x, 2 * Math.PI)), -0.5);
  for (let step = 0; step < raised; step++) ratio = add(ratio, log(div(add(x, step), add(x, step + 0.5))));
  const large = add(x, raised);
  const inverse = div(1, large);
  const squared = mul(inverse, inverse);
  const series = [17 / 14336, -1 / 640, 1 / 192, -1 / 8];
  const correction = series.reduce<Tensor>(
    (value, coefficient) => add(mul(value, squared), coefficient),
    mul(squared, 0),
  );
  return add(ratio, add(mul(log(large), 0.5), mul(correction, inverse)));
}

export const studentT = baseType({
  type: 'student-t',
  allowsMissing: true,
  summary: 'Student-t columns of trained degrees of freedom, for heavy tails.',
  schema: strictObject({ learned: learnedProperty }),
  build: ({ learned }, { columns }) => {
    const standard = new StudentT(columns);
    return learned ? new Located(standard, columns) : standard;
  },
});
