import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { drift } from '../../serving/drift.ts';
import { rowScores } from '../answers/row-scores.ts';
import { datasetBodySchema } from '../bodies/dataset-body.ts';
import { batchRows, driftModel, referenceRows, referenceScores } from '../bodies/drift-rows.ts';
import { acceptTables, clientGone, tableBody } from '../bodies/table-body.ts';
import { RequestError } from '../errors.ts';
import { modelParams } from '../schemas/alias.ts';
import { problems } from '../schemas/common.ts';
import { driftQuery, driftResponse } from '../schemas/drift.ts';
import { tableContent } from '../schemas/rows.ts';
import type { RouteServices } from '../services.ts';
import { streamingValidatorCompiler } from '../validation.ts';
import { scoredRowsSchema } from './inference.ts';

/** Whether new rows are of the distribution that a model was trained on. */
export const driftRoutes: FastifyPluginAsyncTypebox<RouteServices> = async (app, { config }) => {
  acceptTables(app);

  app.post(
    '/models/:id/drift',
    {
      config: { scope: 'read' },
      validatorCompiler: streamingValidatorCompiler,
      schema: {
        operationId: 'detectDrift',
        summary: 'Whether rows come from another distribution than a model was trained on',
        description:
          'The body is rows, or `{"datasetId": ".."}`. Each column is compared with that of the training dataset, and the log-densities with those of rows that the model was not trained on, by two-sample tests corrected for their number.',
        tags: ['inference'],
        params: modelParams,
        querystring: driftQuery,
        body: {
          content: {
            'application/json': {
              schema: Type.Union([scoredRowsSchema, datasetBodySchema], {
                examples: [{ rows: [[0.1, 1.2]] }, { datasetId: '01930000-0000-7000-8000-000000000000' }],
              }),
            },
            ...tableContent,
          },
        },
        response: { 200: driftResponse, ...problems(400, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { level } = request.query;
      const { own } = request;
      const { id } = request.params;
      const model = driftModel(id, await own.serving.encoding(id));
      const { columns, context } = model.encoding;
      const batch = await batchRows(own, model, tableBody(request), { config, gone: clientGone(reply) });
      const [reference, scores, batchLogProb] = await Promise.all([
        referenceRows(own, model),
        referenceScores(own, model),
        rowScores(own.serving, model, batch.rows),
      ]);
      if (!reference && !scores)
        throw new RequestError(
          422,
          'no-reference',
          `The dataset of the model ${id} is deleted, and its samples need a context: there is nothing to compare with.`,
        );
      const found = await drift({
        columns: [...columns, ...context],
        batch: batch.rows,
        batchLogProb,
        reference: reference?.rows,
        referenceLogProb: scores?.logProb,
        level,
      });
      return {
        drifted: found.drifted,
        level,
        rows: {
          given: batch.seen,
          compared: batchLogProb.length,
          withoutDensity: batchLogProb.filter((value) => value === Number.NEGATIVE_INFINITY).length,
        },
        reference: {
          columns: reference?.kind ?? null,
          rows: (reference?.rows.length ?? 0) / model.codes.length,
          logProb: scores?.kind ?? null,
          scores: scores?.logProb.length ?? 0,
        },
        logProb: found.logProb
          ? { ...found.logProb, meanDifference: finiteOrNull(found.logProb.meanDifference) }
          : null,
        columns: [...found.columns],
      };
    },
  );
};

const finiteOrNull = (value: number) => (Number.isFinite(value) ? value : null);
