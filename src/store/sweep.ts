import type { Pool } from 'pg';
import type { Prisma } from './client/client.ts';
import { type JsonObject, jsonObjectOrNull } from './json.ts';
import type { ModelError, ModelStatus, NewModel } from './model.ts';

/** Several flows, each trained with several seeds on one dataset. */
export interface Sweep {
  readonly id: string;
  readonly name: string;
  /** Null once the dataset is deleted. */
  readonly datasetId: string | null;
  /** What its flows are called. */
  readonly flows: readonly string[];
  readonly trials: readonly SweepTrial[];
  readonly createdAt: Date;
}

/** One flow with one seed. */
export interface SweepTrial {
  /** The place of its flow among those of the sweep. */
  readonly flow: number;
  readonly seed: number;
  /** Null once the model is deleted. */
  readonly modelId: string | null;
  readonly status: ModelStatus;
  /** Null until the flow is decided. */
  readonly parameterCount: number | null;
  /** How far its model is that is being trained; else null. */
  readonly progress: JsonObject | null;
  /** Of its ready model; else null. */
  readonly figures: TrialFigures | null;
  /** Why it failed; null once the model is deleted. */
  readonly error: ModelError | null;
}

/** Log-probabilities are means over rows, in nats. */
export interface TrialFigures {
  readonly validationLogProb: number | null;
  readonly validationStandardError: number | null;
  readonly testLogProb: number | null;
  readonly testStandardError: number | null;
  readonly trainingSeconds: number | null;
}

export interface NewSweep {
  readonly name: string;
  readonly datasetId: string;
  readonly flows: readonly string[];
  /** In the order in which they are to be queued. */
  readonly trials: readonly NewTrial[];
}

export interface NewTrial {
  /** The place of its flow. */
  readonly flow: number;
  readonly model: NewModel;
}

/** What became of the models of a sweep that was deleted. */
export interface SweepDeletion {
  readonly deleted: readonly string[];
  /** Those that are in use, and by what. */
  readonly kept: readonly { readonly modelId: string; readonly code: string; readonly message: string }[];
}

interface TrialRow {
  readonly sweepId: string;
  readonly flow: number;
  readonly seed: string;
  readonly modelId: string | null;
  readonly status: ModelStatus;
  readonly parameterCount: number | null;
  readonly progress: unknown;
  readonly figures: unknown;
  readonly error: ModelError | null;
}

/** The trials of some sweeps, by the ids of these. A model that was deleted before its end was not trained: its trial is cancelled. */
export async function trialsOf(
  pool: Pick<Pool, 'query'>,
  sweepIds: readonly string[],
): Promise<ReadonlyMap<string, readonly SweepTrial[]>> {
  const { rows } = await pool.query<TrialRow>(
    `SELECT t.sweep_id AS "sweepId", t.flow, t.seed, t.model_id AS "modelId",
       coalesce(t.status, m.status, 'cancelled') AS status, coalesce(m.parameter_count, t.parameter_count) AS "parameterCount",
       CASE WHEN m.status = 'training' THEN m.progress END AS progress, t.figures, m.error
     FROM sweep_trials t LEFT JOIN models m ON m.id = t.model_id
     WHERE t.sweep_id = ANY($1::uuid[]) ORDER BY t.sweep_id, t.number`,
    [sweepIds],
  );
  return Map.groupBy(rows.map(toTrial), ({ sweepId }) => sweepId);
}

const toTrial = ({ seed, progress, figures, ...rest }: TrialRow) => ({
  ...rest,
  seed: Number(seed),
  progress: jsonObjectOrNull(progress),
  figures: figures === null ? null : toFigures(jsonObjectOrNull(figures) ?? {}),
});

/** Keeps, with the end of a model, what its sweep tells of it once the model is deleted. */
export async function endTrial(
  tx: Prisma.TransactionClient,
  modelId: string,
  status: ModelStatus,
  result?: { readonly metrics: object; readonly progress: object },
): Promise<void> {
  const figures = result ? JSON.stringify(toFigures({ ...result.progress, ...result.metrics })) : null;
  await tx.$executeRaw`
    UPDATE sweep_trials SET status = ${status}::model_status, figures = ${figures}::json,
      parameter_count = (SELECT parameter_count FROM models WHERE id = ${modelId}::uuid)
    WHERE model_id = ${modelId}::uuid`;
}

/** Of what training told, or what was kept of that. */
function toFigures(told: JsonObject): TrialFigures {
  return {
    validationLogProb: numberOrNull(told['validationLogProb']),
    validationStandardError: numberOrNull(told['validationStandardError']),
    testLogProb: numberOrNull(told['testLogProb']),
    testStandardError: numberOrNull(told['testStandardError']),
    trainingSeconds: numberOrNull(told['trainingSeconds'] ?? told['elapsedSeconds']),
  };
}

const numberOrNull = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
