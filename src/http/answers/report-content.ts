import { Value } from 'typebox/value';
import type { Metrics } from '../../figures/metrics.ts';
import type { ProgressPoint } from '../../figures/training-curves.ts';
import { anomaly, auto } from '../../flow/presets.ts';
import type { ReportContent } from '../../report/content.ts';
import type { ReportThread } from '../../report/report-thread.ts';
import type { Dataset } from '../../store/datasets.ts';
import { NotFoundError } from '../../store/errors.ts';
import type { JsonObject } from '../../store/json.ts';
import type { Model } from '../../store/model.ts';
import type { ModelEvent } from '../../store/model-events.ts';
import { toModelBody } from '../schemas/model.ts';
import { verdictSchemas } from '../schemas/verdicts.ts';
import type { Own } from '../services.ts';
import { reportDensities } from './report-densities.ts';

/** What a report says of a ready model. Throws NotFoundError, and ConflictError while the model is not ready. */
export async function reportContent(
  { models, datasets, serving }: Own,
  id: string,
  reports: Pick<ReportThread, 'estimate'>,
): Promise<ReportContent> {
  const model = await models.getReady(id);
  const [events, dataset] = await Promise.all([models.events(id, { after: 0 }), trainedOn(model, datasets)]);
  const { createdAt, finishedAt } = toModelBody(model);
  return {
    id,
    name: model.name,
    createdAt,
    finishedAt,
    madeAt: new Date().toISOString(),
    columns: model.columns,
    context: model.context,
    parameterCount: model.parameterCount,
    flow: model.flow,
    warnings: model.warnings,
    dataset: dataset && { id: dataset.id, name: dataset.name, rowCount: dataset.rowCount },
    metrics: readMetrics(model.metrics ?? {}),
    progress: curve(events),
    densities: await reportDensities(serving, reports, { id, dataset }),
    request: requestFor(model),
    isRace: model.race !== null,
  };
}

async function trainedOn({ datasetId }: Model, datasets: Own['datasets']): Promise<Dataset | undefined> {
  if (datasetId === null) return undefined;
  try {
    return await datasets.get(datasetId);
  } catch (error) {
    // It was deleted just now.
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Numbers, and what verdicts are of the shape that this version knows. */
function readMetrics(stored: JsonObject): Metrics {
  const { calibration, twoSample, memorization, calibrationRows } = stored;
  const numbers = Object.fromEntries(Object.entries(stored).filter(([, value]) => typeof value === 'number'));
  return {
    ...numbers,
    calibration: Value.Check(verdictSchemas.calibration, calibration) ? calibration : undefined,
    twoSample: Value.Check(verdictSchemas.twoSample, twoSample) ? twoSample : undefined,
    memorization: Value.Check(verdictSchemas.memorization, memorization) ? memorization : undefined,
    calibrationRows: typeof calibrationRows === 'number' ? calibrationRows : undefined,
  };
}

/** Of the attempt that made the model: one that starts anew begins at its first step again. */
function curve(events: readonly ModelEvent[]): ProgressPoint[] {
  const restart = events.findLastIndex(({ type, data }) => type === 'status' && data.status === 'training');
  const number = (value: unknown) => (typeof value === 'number' ? value : null);
  return events.slice(restart + 1).flatMap(({ type, data }) =>
    type === 'progress' && typeof data.step === 'number'
      ? [
          {
            step: data.step,
            trainLogProb: number(data.trainLogProb),
            validationLogProb: number(data.validationLogProb),
            gaussianValidationLogProb: number(data.gaussianValidationLogProb),
            independentValidationLogProb: number(data.independentValidationLogProb),
          },
        ]
      : [],
  );
}

/** The body that asks for the model again: by the name of a race, or of a mixture, rather than by what came of it. */
function requestFor({ datasetId, name, columns, context, flow, missing, training, seed, race }: Model): object {
  const columnsAsked = context.length > 0 ? { columns, context } : { columns };
  return { datasetId, name, ...columnsAsked, flow: race === null ? flow : askedBy(race), missing, training, seed };
}

/** In a race some lose; of the mixture none does. */
function askedBy({ candidates, winners }: JsonObject): string {
  const isMixture = Array.isArray(candidates) && Array.isArray(winners) && candidates.length === winners.length;
  return isMixture ? anomaly : auto;
}
