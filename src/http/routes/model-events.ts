import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { followModel, isFinal } from '../answers/model-event-stream.ts';
import { admit } from '../plugins/admission.ts';
import { modelParams } from '../schemas/alias.ts';
import { problems } from '../schemas/common.ts';
import type { RouteServices } from '../services.ts';

const eventSchema = Type.Object(
  {
    id: Type.String({ description: 'Its number, for Last-Event-ID' }),
    event: Type.Enum(['status', 'progress']),
    data: Type.String({ contentMediaType: 'application/json' }),
  },
  { examples: [{ id: '1', event: 'status', data: '{"status":"queued"}' }] },
);

/** What happens to a model, as it happens. */
export const modelEventRoutes: FastifyPluginAsyncTypebox<Pick<RouteServices, 'admissions' | 'store'>> = async (
  app,
  { admissions, store },
) => {
  admit(app, admissions.eventStreams);
  const closing = new AbortController();
  // Connections that follow a training would otherwise keep the server from closing.
  app.addHook('preClose', async () => closing.abort());

  app.get(
    '/models/:id/events',
    {
      schema: {
        operationId: 'followModel',
        summary: 'Follow a model’s training',
        description:
          'Server-sent events `status` and `progress`, from the first one or from after `Last-Event-ID`, until training ends.',
        tags: ['models'],
        params: modelParams,
        headers: Type.Object({
          'last-event-id': Type.Optional(
            Type.String({ pattern: '^\\d{1,9}$', description: 'The last event that was received' }),
          ),
        }),
        response: {
          200: {
            description: 'The events',
            content: {
              'text/event-stream': {
                // As OpenAPI before 3.2 has it, this is what each event is like.
                schema: Type.Unsafe<string>(eventSchema),
              },
            },
          },
          204: Type.Null({ description: 'Training has ended and there are no more events: do not ask again' }),
          ...problems(400, 404),
        },
      },
    },
    async ({ params: { id }, headers, own: { models } }, reply) => {
      const after = Number(headers['last-event-id'] ?? 0);
      const events = await models.events(id, { after });
      if (events.length === 0 && isFinal((await models.get(id)).status)) return reply.code(204).send(null);
      return sendEvents(reply, followModel({ models, news: store.news }, id, { after, signal: closing.signal }));
    },
  );
};

function sendEvents(reply: FastifyReply, events: AsyncIterable<string>) {
  return reply
    .type('text/event-stream')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(events));
}
