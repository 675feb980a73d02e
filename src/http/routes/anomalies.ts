import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Limits } from '../../config.ts';
import { defaultAlpha, type JudgedRows, type JudgingModel } from '../../scoring/judged-rows.ts';
import { scorableRows } from '../../scoring/scores.ts';
import { explain } from '../../serving/explain.ts';
import { ConformalTest } from '../../training/conformal-test.ts';
import { sendAnomalies } from '../answers/anomaly-formats.ts';
import { discoveryCutoff, judgedRows } from '../answers/judged-rows.ts';
import { scoredRows } from '../answers/scored-rows.ts';
import { acceptTables, clientGone, tableBody } from '../bodies/table-body.ts';
import { spoolDirectory } from '../connections/spool-directory.ts';
import { RequestError } from '../errors.ts';
import { modelParams } from '../schemas/alias.ts';
import { anomaliesResponse, anomalyQuery } from '../schemas/anomalies.ts';
import { problems } from '../schemas/common.ts';
import { tableContent } from '../schemas/rows.ts';
import type { Own, RouteServices } from '../services.ts';
import { streamingValidatorCompiler } from '../validation.ts';
import { scoredRowsSchema } from './inference.ts';

/** How unusual rows are to a trained model, and why. */
export const anomalyRoutes: FastifyPluginAsyncTypebox<RouteServices> = async (app, { config }) => {
  acceptTables(app);

  app.post(
    '/models/:id/anomalies',
    {
      config: { scope: 'read' },
      validatorCompiler: streamingValidatorCompiler,
      schema: {
        operationId: 'findAnomalies',
        summary: 'How unusual rows are to a model, and why',
        description:
          'A row’s p-value is its place among calibration rows, which took no part in training: of rows like these, at most a part alpha has pValue <= alpha. A value that the model takes to be impossible (a category never seen, a fraction for an integer, a number out of bounds) makes a row an anomaly with logProb null; a row that cannot be read, or whose context cannot, has null everywhere. Both are named in `problems`; with `strict` they are errors.',
        tags: ['inference'],
        params: modelParams,
        querystring: anomalyQuery,
        body: { content: { 'application/json': { schema: scoredRowsSchema }, ...tableContent } },
        response: { 200: anomaliesResponse, ...problems(400, 404, 409, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const { serving } = request.own;
      const { id } = request.params;
      const { fdr, format, strict, explain: isExplained } = request.query;
      const alpha = alphaOf(request.query);
      // Before the body is read for it in vain.
      const encoding = await serving.encoding(id);
      const model = { id, encoding, conformal: new ConformalTest(await serving.calibration(id), encoding) };
      const { columns, context } = encoding;
      const { codes, gaps } = scorableRows(encoding);
      const gone = clientGone(reply);
      const rows = scoredRows(
        tableBody(request),
        { columns: codes, ignored: await serving.otherColumns(id) },
        config,
        gone,
      );
      const judged = judgedRows({ serving, id, gaps, isStrict: strict, shadow: request.shadow }, model, rows, gone);
      const answer = {
        ...{ format, columns, context, conformal: model.conformal, explain: isExplained },
        directory: spoolDirectory(config.dataDirectory),
      };
      if (fdr === undefined && !isExplained && !strict)
        return sendAnomalies(reply, { ...answer, cutoff: alpha }, judged);
      const all = isExplained ? await explainable(judged, columns.length, config.limits) : await scores(judged);
      const cutoff = fdr === undefined ? alpha : discoveryCutoff(all, fdr);
      return sendAnomalies(
        reply,
        { ...answer, cutoff },
        isExplained ? await explained(serving, model, all, gone) : all,
      );
    },
  );
};

/** Throws RequestError where a rate of false discoveries is asked for besides. */
function alphaOf({ alpha, fdr }: { alpha?: number; fdr?: number }): number {
  if (alpha !== undefined && fdr !== undefined)
    throw new RequestError(422, 'alpha-and-fdr', `alpha=${alpha} and fdr=${fdr}: expected one of the two.`);
  return alpha ?? defaultAlpha;
}

/** All rows, without the rows themselves: there may be many. */
async function scores(judged: AsyncIterable<JudgedRows>): Promise<JudgedRows[]> {
  const all: JudgedRows[] = [];
  for await (const block of judged) all.push({ ...block, rows: new Float64Array() });
  return all;
}

/** All rows, which are to be few enough. Throws RequestError. */
async function explainable(
  judged: AsyncIterable<JudgedRows>,
  columns: number,
  { maxExplainedCells }: Limits,
): Promise<JudgedRows[]> {
  const all: JudgedRows[] = [];
  let cells = 0;
  for await (const block of judged) {
    cells += block.logProb.length * columns;
    if (cells > maxExplainedCells)
      throw new RequestError(
        413,
        'too-many-cells',
        `The rows to explain, times ${columns} columns, are more than MAX_EXPLAINED_CELLS=${maxExplainedCells} allows.`,
      );
    all.push(block);
  }
  return all;
}

async function explained(
  serving: Own['serving'],
  model: JudgingModel,
  judged: readonly JudgedRows[],
  gone: AbortSignal,
): Promise<JudgedRows[]> {
  const all: JudgedRows[] = [];
  for (const block of judged) all.push({ ...block, explanations: await explain(serving, model, block, gone) });
  return all;
}
