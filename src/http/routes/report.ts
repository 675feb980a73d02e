import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ReportThread } from '../../report/report-thread.ts';
import { contentSecurityPolicy } from '../../report/style.ts';
import { reportContent } from '../answers/report-content.ts';
import { modelParams } from '../schemas/alias.ts';
import { problems } from '../schemas/common.ts';

/** Reports of models, to keep and to send to others. */
export const reportRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const reports = new ReportThread();
  app.addHook('onClose', () => reports.close());
  app.get(
    '/models/:id/report',
    {
      schema: {
        operationId: 'getReport',
        summary: 'A model’s report, as one HTML file',
        description:
          'How good the model is and what tests say of it, its training, calibration and densities as figures, the flow, and how to have it again. Nothing in it runs or is fetched from elsewhere; it is shown light or dark, and prints on A4.',
        tags: ['models'],
        params: modelParams,
        response: {
          200: {
            description: 'The report',
            content: {
              'text/html': {
                schema: Type.String({ examples: ['<!doctype html><html lang="en">..</html>'] }),
              },
            },
          },
          ...problems(400, 404, 409),
        },
      },
    },
    async ({ params: { id }, own }, reply) => {
      const content = await reportContent(own, id, reports);
      const page = await reports.render(content);
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', `${contentSecurityPolicy}; frame-ancestors 'none'; sandbox`)
        .header('content-disposition', `inline; filename="${fileName(content.name)}-report.html"`)
        .send(page);
    },
  );
};

/** What a header can hold, and every file system takes. */
const fileName = (name: string) =>
  name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80) || 'model';
