import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { onnxPrograms } from '../../serving/onnx-file.ts';
import { modelParams } from '../schemas/alias.ts';
import { problems, strict } from '../schemas/common.ts';

const file = Type.Unsafe<Uint8Array>(Type.String({ format: 'binary' }));

/** Trained models as files that other runtimes read. */
export const onnxRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/models/:id/onnx',
    {
      schema: {
        operationId: 'exportOnnx',
        summary: 'A model as an ONNX file',
        description:
          'Self-contained, for ONNX Runtime in any language and in the browser. `log-prob` takes `rows` [rows, columns + context] (double, in the data’s own units) to `logProb` [rows] (double, nats). `sample` takes `noise` [rows, n] (float, standard normal), and `context` [rows, context] (double) where the model has one, to `rows` [rows, columns] (double). The file’s metadata hold the model’s name, its columns and context as JSON arrays, and these descriptions.',
        tags: ['inference'],
        params: modelParams,
        querystring: Type.Object(
          { program: Type.Enum([...onnxPrograms], { default: 'log-prob', description: 'What the file computes' }) },
          strict,
        ),
        response: {
          200: { description: 'The file', content: { 'application/octet-stream': { schema: file } } },
          ...problems(400, 404, 409),
        },
      },
    },
    async ({ params: { id }, query: { program }, own }, reply) =>
      reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename="${id}-${program}.onnx"`)
        .send(await own.serving.onnx(id, program)),
  );
};
