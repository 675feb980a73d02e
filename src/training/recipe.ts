import { type Static, Type } from 'typebox';
import { strictObject } from '../flow/schema.ts';

/** What a user may say about training; what is left out is chosen from the number of rows. */
export const trainingSchema = strictObject({
  steps: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'The most optimiser steps' })),
  budgetSeconds: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'The most seconds of training, at most MAX_TRAINING_SECONDS' }),
  ),
  batchSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_536, description: 'Rows in one step' })),
  learningRate: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'The highest rate: reached after warm-up, then cosine decay to 0',
    }),
  ),
  warmupSteps: Type.Optional(Type.Integer({ minimum: 0, description: 'Steps over which the rate rises linearly' })),
  gradientClip: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'The largest norm of the gradient over all parameters' }),
  ),
  weightDecay: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Decoupled weight decay (AdamW)' })),
  noise: Type.Optional(
    Type.Number({ minimum: 0, maximum: 1, description: 'Noise added to training rows, in standard deviations' }),
  ),
  tieSpread: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'Tied values are spread evenly over this part of the step between neighbouring values of their column',
    }),
  ),
  averageDecay: Type.Optional(
    Type.Number({ minimum: 0, exclusiveMaximum: 1, description: 'Kept of the average of the parameters in each step' }),
  ),
  evaluationSteps: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Steps between two evaluations on the validation rows' }),
  ),
  patience: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Evaluations without an improvement after which training ends' }),
  ),
  raceSteps: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Steps that each candidate of "auto" takes in the first round; half of them go on to twice as many',
    }),
  ),
  ensemble: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 16,
      description: 'Flows whose even mixture is the model: the best candidates of "auto", or one flow with other seeds',
    }),
  ),
  validationFraction: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: 0.5, description: 'Rows for early stopping and choosing' }),
  ),
  testFraction: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: 0.5, description: 'Rows for the final figures only' }),
  ),
});

export type TrainingOptions = Static<typeof trainingSchema>;
/** Every number of the recipe. */
export type Training = Readonly<Required<TrainingOptions>>;

/** The fewest rows that can be split into training, validation and test rows which say anything. */
export const minimumRows = 20;

/** How many of the rows are held out by a fraction: at least one. */
export const heldOutRows = (rows: number, fraction: number) => Math.max(1, Math.round(rows * fraction));

/** Held-out rows beyond these would cost time and change no digit that is shown. */
const mostValidationRows = 20_000;
const mostTestRows = 50_000;

/**
 * Fills in the recipe for a table of `rows` rows. Small tables get smaller batches, a higher rate, more weight decay and larger held-out
 * fractions; large ones are passed over fewer times. The winners of a `race` between candidates are mixed where rows are few.
 */
export function resolveTraining(
  options: TrainingOptions,
  { rows, race = false }: { rows: number; race?: boolean },
): Training {
  const small = rows < 5000;
  const validationFraction = options.validationFraction ?? (small ? 0.15 : Math.min(0.1, mostValidationRows / rows));
  const testFraction = options.testFraction ?? (small ? 0.15 : Math.min(0.1, mostTestRows / rows));
  const trainingRows = Math.max(1, rows - heldOutRows(rows, validationFraction) - heldOutRows(rows, testFraction));
  const batchSize = Math.min(options.batchSize ?? (rows < 1000 ? 64 : small ? 128 : 256), trainingRows);
  const stepsPerEpoch = Math.floor(trainingRows / batchSize);
  const steps = options.steps ?? Math.min(20_000, Math.max(6_000, 100 * stepsPerEpoch));
  const evaluationSteps = options.evaluationSteps ?? Math.min(500, Math.max(50, stepsPerEpoch));
  return {
    steps,
    budgetSeconds: options.budgetSeconds ?? 600,
    batchSize,
    learningRate: options.learningRate ?? (small ? 3e-3 : rows < 50_000 ? 2e-3 : 1e-3),
    warmupSteps: options.warmupSteps ?? Math.min(100, Math.floor(steps / 10)),
    gradientClip: options.gradientClip ?? 5,
    weightDecay: options.weightDecay ?? (small ? 1e-2 : 1e-4),
    noise: options.noise ?? 0,
    tieSpread: options.tieSpread ?? 1,
    averageDecay: options.averageDecay ?? 0.99,
    evaluationSteps,
    patience: options.patience ?? 30,
    raceSteps: options.raceSteps ?? 2 * evaluationSteps * Math.ceil(steps / 32 / evaluationSteps),
    ensemble: options.ensemble ?? (race ? (small ? 4 : rows < 50_000 ? 2 : 1) : 1),
    validationFraction,
    testFraction,
  };
}

/** Of 19 rows a p-value can be 0.05. */
const leastCalibrationRows = 20;

/**
 * How flows that are to find anomalies are trained. Noise: of fewer than 1,000 rows the bandwidth n^(-1 / (columns + 4)) that
 * Scott (1992) gives to kernels, for noise smooths as kernels do (Rothfuss et al. 2019); of more as little as keeps their
 * density finite. Test rows: enough to calibrate p-values.
 */
export function anomalyTraining({ rows, columns }: { rows: number; columns: number }): TrainingOptions {
  const testFraction = Math.min(0.5, leastCalibrationRows / rows);
  return {
    noise: rows < 1000 ? rows ** (-1 / (columns + 4)) : 0.01,
    ...(heldOutRows(rows, resolveTraining({}, { rows }).testFraction) < leastCalibrationRows && { testFraction }),
  };
}
