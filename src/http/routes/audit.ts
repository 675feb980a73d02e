import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Store } from '../../store/store.ts';
import { auditEventSchema, auditQuery, toAuditBody } from '../schemas/audit.ts';
import { conditionalHeaders, notModified, pageOf, problems } from '../schemas/common.ts';

/** The audit trail, of all owners, for the operator to read; nothing of it can be changed. */
export const auditRoutes: FastifyPluginAsyncTypebox<{ store: Pick<Store, 'audit'> }> = async (app, { store }) => {
  app.get(
    '/audit',
    {
      config: { scope: 'admin' },
      schema: {
        operationId: 'listAuditEvents',
        summary: 'Who created and deleted what, of all owners, newest first',
        tags: ['operation'],
        querystring: auditQuery,
        headers: conditionalHeaders,
        response: { 200: pageOf(auditEventSchema, 'A page of events'), ...notModified, ...problems(400) },
      },
    },
    async ({ query }) => {
      const { items, nextCursor } = await store.audit.list(query);
      return { items: items.map(toAuditBody), nextCursor };
    },
  );
};
