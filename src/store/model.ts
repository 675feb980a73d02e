import type { ModelStatus, Prisma } from './client/client.ts';
import { type JsonObject, jsonObject, jsonObjectOrNull, jsonStrings, toJson } from './json.ts';

export type { ModelStatus } from './client/client.ts';

/** Why a model failed, in words for its owner. */
export interface ModelError {
  readonly code: string;
  readonly message: string;
}

/** A model without its artefact. */
export interface Model {
  readonly id: string;
  readonly name: string;
  /** Which of the models of this name it is, from 1. */
  readonly version: number;
  /** Null once the dataset is deleted. */
  readonly datasetId: string | null;
  readonly status: ModelStatus;
  readonly progress: JsonObject | null;
  readonly columns: string[];
  readonly context: string[];
  /** A resolved spec, or the name of what is to be decided in training: `auto`. */
  readonly flow: JsonObject | string;
  readonly training: JsonObject;
  readonly seed: number;
  /** What becomes of missing cells. */
  readonly missing: string;
  /** Null until the flow is decided. */
  readonly parameterCount: number | null;
  /** How the flows have done among which the service chooses; null where it does not. */
  readonly race: JsonObject | null;
  readonly metrics: JsonObject | null;
  readonly warnings: string[];
  /** Which of the owner's waiting models are trained first: the higher. */
  readonly priority: number;
  /** About how much memory its training needs; null for models of before that was estimated. */
  readonly memoryBytes: number | null;
  readonly error: ModelError | null;
  /** How often its training was started. */
  readonly attempt: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export interface NewModel {
  readonly name: string;
  readonly datasetId: string;
  readonly columns: readonly string[];
  readonly context: readonly string[];
  readonly flow: object | string;
  readonly training: object;
  readonly seed: number;
  readonly missing?: string;
  readonly parameterCount: number | null;
  readonly race?: object;
  readonly warnings?: readonly string[];
  readonly priority?: number;
  readonly memoryBytes?: number;
}

export function toNewRow(
  { id, owner, version }: { id: string; owner: string; version: number },
  model: NewModel,
): Prisma.ModelUncheckedCreateInput {
  const { race, ...rest } = model;
  return {
    ...rest,
    id,
    owner,
    version,
    columns: toJson(model.columns),
    context: toJson(model.context),
    flow: toJson(model.flow),
    training: toJson(model.training),
    ...(race && { race: toJson(race) }),
    warnings: toJson(model.warnings ?? []),
    lastEvent: 1,
  };
}

export function toModel(row: Prisma.ModelModel): Model {
  const { owner: _owner, cancelRequested: _cancelRequested, lastEvent: _lastEvent, ...rest } = row;
  return {
    ...rest,
    progress: jsonObjectOrNull(row.progress),
    columns: jsonStrings(row.columns),
    context: jsonStrings(row.context),
    flow: typeof row.flow === 'string' ? row.flow : jsonObject(row.flow),
    training: jsonObject(row.training),
    seed: Number(row.seed),
    race: jsonObjectOrNull(row.race),
    metrics: jsonObjectOrNull(row.metrics),
    warnings: jsonStrings(row.warnings),
    memoryBytes: row.memoryBytes === null ? null : Number(row.memoryBytes),
    error: toModelError(row.error),
  };
}

function toModelError(value: Prisma.JsonValue): ModelError | null {
  if (value === null) return null;
  const { code, message } = jsonObject(value);
  if (typeof code !== 'string' || typeof message !== 'string')
    throw new TypeError(`stored error: expected code and message, got ${JSON.stringify(value)}`);
  return { code, message };
}
