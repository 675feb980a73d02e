import type { FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import { type Encoding, isNumber } from '../../flow/encoding/encoding.ts';
import { kindOf } from '../../flow/layer-path.ts';
import { lineVertices } from '../../serving/steps/base-grid.ts';
import type { StepState, Steps, StepsRequest } from '../../serving/steps/steps.ts';
import type { Cell } from '../../table/cells.ts';
import { cellsOf } from '../../table/codes.ts';
import { columnCodes } from '../../training/sources.ts';
import type { layersResponse } from '../schemas/layers.ts';

interface Asked {
  readonly encoding: Encoding;
  readonly request: StepsRequest;
  readonly from: 'samples' | 'rows';
  readonly members: number;
}

type Answer = Static<typeof layersResponse>;

/** Sends what a thread has written, most of it: nothing is left to serialize. */
export function sendLayers(reply: FastifyReply, steps: Steps, asked: Asked): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(layersText(steps, asked));
}

/** The answer as JSON, of which `layersResponse` is the schema: points and grid come as the text that they are sent as. */
function layersText(steps: Steps, { encoding, request, from, members }: Asked): string {
  const { flow, grid, states } = steps;
  const [{ plane }] = states;
  const numbers = encoding.columns.filter(isNumber);
  const head: Omit<Answer, 'states'> = {
    from,
    points: request.rows ? request.rows.length / (encoding.columns.length + encoding.context.length) : request.samples,
    member: request.member,
    members,
    base: flow.base,
    permutations: request.isFollowed ? 'followed' : 'shown',
    grid: {
      shape: grid.shape,
      lines: grid.lines,
      vertices: lineVertices,
      x: [...grid.x],
      y: [...grid.y],
      centred: [...numbers.keys()].filter((place) => !plane.includes(place)).map(coordinate),
      given: gridGiven(steps, encoding, request),
    },
  };
  return joined(
    head,
    `"states":[${states.map((state, index) => stateText(state, index, steps, { encoding, request })).join()}]`,
  );
}

function stateText(
  { layer, plane, hyperplanes, points, grid }: StepState,
  index: number,
  { states }: Steps,
  { encoding, request }: Pick<Asked, 'encoding' | 'request'>,
): string {
  const isUnits = index === states.length - 1;
  const [x, y] = isUnits ? request.columns.map((place) => encoding.columns[place].name) : plane.map(coordinate);
  const kind = layer ? kindOf(layer.spec) : isUnits ? 'units' : 'base';
  const name = layer
    ? layer.count > 1
      ? `${kind} ${layer.number} of ${layer.count}`
      : kind
    : isUnits
      ? 'the table’s units'
      : 'base';
  const head: Omit<Answer['states'][number], 'points' | 'grid'> = {
    name,
    kind,
    ...(layer && { layer: layer.layer, spec: layer.spec }),
    x,
    y,
    hyperplanes: hyperplanes.map(({ normal, ...rest }) => ({ normal: [...normal], ...rest })),
  };
  return joined(head, `"points":[${points}],"grid":[${grid}]`);
}

/** An object with members that are text already. */
const joined = (head: object, members: string) => `${JSON.stringify(head).slice(0, -1)},${members}}`;

const coordinate = (place: number) => `z${place + 1}`;

function gridGiven(
  { gridCategories }: Steps,
  { columns, context }: Encoding,
  request: StepsRequest,
): Record<string, Cell> {
  const discrete = [...gridCategories].map(([place, code]) => ({ column: columns[place], code }));
  const given = [...discrete, ...context.map((column, place) => ({ column, code: request.context[place] }))];
  return Object.fromEntries(
    given.map(({ column, code }) => {
      const [[[cell]]] = [...cellsOf(Float64Array.of(code), [columnCodes(column)])];
      return [column.name, cell];
    }),
  );
}
