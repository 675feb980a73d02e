import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import { type Encoding, isNumber } from '../../flow/encoding/encoding.ts';
import type { FlowSpec } from '../../flow/flow.ts';
import { RandomStream } from '../../flow/random/stream.ts';
import { addDataset, RowReservoir } from '../../serving/drift-rows.ts';
import { vertexCount } from '../../serving/steps/base-grid.ts';
import { type StepsRequest, stepsOf } from '../../serving/steps/steps.ts';
import { columnCodes } from '../../training/sources.ts';
import { sendLayers } from '../answers/layers-text.ts';
import { givenCodes } from '../bodies/given-cells.ts';
import { givenInQuery, queryRefusal } from '../bodies/query-refusal.ts';
import { modelParams } from '../schemas/alias.ts';
import { problems } from '../schemas/common.ts';
import { layersQuery, layersResponse, mostPlaces } from '../schemas/layers.ts';
import type { Own } from '../services.ts';

/** What a flow does, layer by layer. */
export const layerRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/models/:id/layers',
    {
      schema: {
        operationId: 'getLayers',
        summary: 'Points and a grid on their way through the layers of a flow',
        description:
          'For pictures of what a flow does in the plane of two columns: where samples, or rows of its dataset, are at the base, behind each layer and in the table’s units, with the grid that they drag along. Intermediate states are in standard deviations of the columns, or whatever the layers make of these.',
        tags: ['inference'],
        params: modelParams,
        querystring: layersQuery,
        response: { 200: layersResponse, ...problems(400, 404, 409, 422) },
      },
    },
    async ({ params: { id }, query, own }, reply) => {
      const encoding = await own.serving.encoding(id);
      const flows = await own.serving.flows(id);
      const request = requestOf(query, encoding, flows);
      const rows = query.from === 'rows' ? await chosenRows(own, id, encoding, query) : undefined;
      const steps = await stepsOf(own.serving, id, { ...request, rows });
      return sendLayers(reply, steps, {
        encoding,
        request: { ...request, rows },
        from: query.from,
        members: flows.length,
      });
    },
  );
};

type Query = Static<typeof layersQuery>;

const refusal = (parameter: string, message: string) => queryRefusal(parameter, message, 'invalid-layers');

function requestOf(query: Query, encoding: Encoding, flows: readonly FlowSpec[]): StepsRequest {
  const { x, y, member, seed, n, lines, grid: gridShape } = query;
  const numbers = encoding.columns.filter(isNumber);
  const place = (parameter: 'x' | 'y', name: string) => {
    const found = encoding.columns.findIndex((column) => column.name === name);
    if (found !== -1 && isNumber(encoding.columns[found])) return found;
    const names = numbers.map((column) => JSON.stringify(column.name)).join(', ') || 'none';
    throw refusal(parameter, `Expected a modelled column of numbers (${names}), got ${JSON.stringify(name)}.`);
  };
  const columns = [place('x', x), place('y', y)] as const;
  if (x === y) throw refusal('y', `Expected another column than x, got ${JSON.stringify(y)}.`);
  if (member >= flows.length)
    throw refusal(
      'member',
      `Expected at most ${flows.length - 1}: the model has ${flows.length} flows; got ${member}.`,
    );
  const states = flows[member].layers.length + 2;
  const places = (n + vertexCount(lines)) * states;
  if (places > mostPlaces)
    throw refusal(
      'n',
      `Expected at most ${mostPlaces} places of points and of the grid together; at ${states} states these are ${places}: ask for fewer points or lines.`,
    );
  const { context, categories } = givenIn(query, encoding);
  const isFollowed = (query.permutations ?? (numbers.length > 2 ? 'followed' : 'shown')) === 'followed';
  return { member, columns, isFollowed, samples: n, seed, lines, gridShape, context, categories };
}

function givenIn({ given }: Query, { columns, context }: Encoding) {
  const discrete = columns.filter((column) => !isNumber(column));
  const codes = givenCodes(givenInQuery(given, 'invalid-layers'), { required: context, optional: discrete });
  const categories = new Map<number, number>();
  for (const [place, { name }] of columns.entries()) {
    const code = codes.get(name);
    if (code !== undefined) categories.set(place, code);
  }
  return { context: context.map(({ name }) => codes.get(name) ?? Number.NaN), categories };
}

/** Rows of the dataset that the model was trained on, chosen evenly. */
async function chosenRows({ models, datasets }: Own, id: string, { columns, context }: Encoding, { n, seed }: Query) {
  const { datasetId } = await models.get(id);
  if (datasetId === null)
    throw queryRefusal('from', `The dataset of the model ${id} is deleted: ask for samples.`, 'no-dataset');
  const codes = [...columns, ...context].map(columnCodes);
  const reservoir = new RowReservoir(codes.length, n, new RandomStream(seed, 'inspection'));
  await addDataset(reservoir, datasets, await datasets.get(datasetId), codes);
  return reservoir.rows;
}
