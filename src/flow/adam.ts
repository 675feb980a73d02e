import { add, cast, div, finite, min, mul, pow, sqrt, sub, sumOfSquares, where } from './graph/operations.ts';
import { scalar, type Tensor } from './graph/tensor.ts';

export interface AdamOptions {
  /** The largest Euclidean norm of the gradient over all parameters; longer ones are scaled down to it. */
  readonly gradientClip: number;
  /** Decoupled weight decay: the part of each parameter taken off in a step is learningRate * weightDecay. */
  readonly weightDecay: number;
  /** Of the average of the parameters over the steps: how much of it is kept in each. */
  readonly averageDecay: number;
}

/** Everything that the optimiser carries from one step to the next. */
export interface AdamState {
  readonly parameters: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
  /** The number of steps taken, those left out not counted; a float32 scalar. */
  readonly stepsTaken: Tensor;
  /** The exponential moving average of the parameters, which is smoother than they are (Polyak and Juditsky 1992). */
  readonly average: Tensor;
}

const decay1 = 0.9;
const decay2 = 0.999;
const epsilon = 1e-8;

/**
 * One step of Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019), after clipping the
 * global norm of the gradient. A step whose loss or gradient is not finite changes nothing and is not counted.
 */
export function adamStep(
  state: AdamState,
  { loss, gradient, learningRate }: { loss: Tensor; gradient: Tensor; learningRate: Tensor },
  { gradientClip, weightDecay, averageDecay }: AdamOptions,
): { state: AdamState; gradientNorm: Tensor } {
  const squaredNorm = sumOfSquares(gradient);
  const gradientNorm = sqrt(squaredNorm);
  const usable = finite(add(loss, squaredNorm));
  const stepsTaken = add(state.stepsTaken, cast(usable, 'float32'));

  // A scalar that is 0 or 1 in place of a skipped step costs nothing; only the gradient itself may hold a NaN.
  const ifUsable = (value: Tensor | number, otherwise: number) =>
    where(usable, typeof value === 'number' ? scalar(value) : value, otherwise);
  const clipped = mul(where(usable, gradient, 0), ifUsable(min(div(gradientClip, add(gradientNorm, 1e-12)), 1), 0));

  const firstMoment = add(mul(state.firstMoment, ifUsable(decay1, 1)), mul(clipped, 1 - decay1));
  const secondMoment = add(mul(state.secondMoment, ifUsable(decay2, 1)), mul(mul(clipped, clipped), 1 - decay2));

  const correction1 = sub(1, pow(scalar(decay1), stepsTaken));
  const correction2 = sub(1, pow(scalar(decay2), stepsTaken));
  const rate = ifUsable(div(mul(learningRate, sqrt(correction2)), correction1), 0);
  const update = div(mul(firstMoment, rate), add(sqrt(secondMoment), epsilon));
  const decayed =
    weightDecay > 0 ? mul(state.parameters, sub(1, ifUsable(mul(learningRate, weightDecay), 0))) : state.parameters;
  const parameters = sub(decayed, update);
  // Of the first steps the average keeps less: they start far away.
  const kept = min(div(add(stepsTaken, 1), add(stepsTaken, 10)), averageDecay);
  const average =
    averageDecay > 0 ? add(state.average, mul(sub(parameters, state.average), ifUsable(sub(1, kept), 0))) : parameters;
  return { state: { parameters, firstMoment, secondMoment, stepsTaken, average }, gradientNorm };
}
