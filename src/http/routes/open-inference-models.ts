import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { ConflictError, NotFoundError } from '../../store/errors.ts';
import { rowScores } from '../answers/row-scores.ts';
import { RequestError } from '../errors.ts';
import { type InferenceRequest, inferenceRequest } from '../open-inference/inference-request.ts';
import { inputsOf, rowsOfTensors } from '../open-inference/tensor-rows.ts';
import { guardedStatuses } from '../schemas/common.ts';
import {
  errorSchema,
  inferenceRequestSchema,
  inferenceResponseSchema,
  modelMetadataSchema,
  modelReadySchema,
} from '../schemas/open-inference.ts';
import type { RouteServices } from '../services.ts';
import { streamingValidatorCompiler } from '../validation.ts';

const tags = ['open inference'];
/** A model never changes once it is ready. */
const onlyVersion = '1';
const outputName = 'logProb';

const versions = [
  { path: '/models/:id', suffix: '', params: Type.Object({ id: Type.String() }) },
  {
    path: '/models/:id/versions/:version',
    suffix: 'Version',
    params: Type.Object({ id: Type.String(), version: Type.String({ examples: [onlyVersion] }) }),
  },
];

const errors = (...statuses: number[]) =>
  Object.fromEntries([...guardedStatuses, ...statuses].map((status) => [status, errorSchema]));

/** What the Open Inference Protocol says of models, and their inference: the log-densities of rows. */
export const openInferenceModelRoutes: FastifyPluginAsyncTypebox<Pick<RouteServices, 'config'>> = async (
  app,
  { config },
) => {
  app.removeAllContentTypeParsers();
  // Clients send JSON, or JSON with binary data after it, under any type or none.
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: config.limits.maxInferenceBytes },
    (_request, body, done) => done(null, body),
  );

  for (const { path, suffix, params: schema } of versions) {
    app.get(
      path,
      {
        schema: {
          operationId: `getModel${suffix}Metadata`,
          summary: 'The inputs and outputs of a model',
          tags,
          params: schema,
          response: { 200: modelMetadataSchema, ...errors(404, 409) },
        },
      },
      async ({ params, own }) => {
        const id = modelOf(params);
        return {
          name: id,
          versions: [onlyVersion],
          platform: 'pushforward_flow',
          inputs: inputsOf(await own.serving.encoding(id)),
          outputs: [{ name: outputName, datatype: 'FP64', shape: [-1] }],
        };
      },
    );

    app.get(
      `${path}/ready`,
      {
        schema: {
          operationId: `isModel${suffix}Ready`,
          summary: 'Whether a model can be asked',
          tags,
          params: schema,
          response: { 200: modelReadySchema, ...errors(), 404: modelReadySchema, 409: modelReadySchema },
        },
      },
      async ({ params, own }, reply) => {
        const { id: name } = params;
        try {
          await own.serving.encoding(modelOf(params));
          return { name, ready: true };
        } catch (error) {
          if (error instanceof NotFoundError) return reply.code(404).send({ name, ready: false });
          if (error instanceof ConflictError) return reply.code(409).send({ name, ready: false });
          throw error;
        }
      },
    );

    app.post(
      `${path}/infer`,
      {
        config: { scope: 'read' },
        validatorCompiler: streamingValidatorCompiler,
        schema: {
          operationId: `inferModel${suffix}`,
          summary: 'The log-density of rows under a model, as the Open Inference Protocol asks for it',
          description:
            'The input is a tensor for each column and of the context, by name, [n] or [n, 1]; where all are numbers, also one `rows` [n, columns + context]. The output is `logProb` [n], nats; null where the density is zero, or -Infinity in binary data. Tensors may be binary (the binary tensor data extension).',
          tags,
          params: schema,
          body: {
            content: {
              'application/json': { schema: inferenceRequestSchema },
              'application/octet-stream': { schema: Type.String({ format: 'binary' }) },
            },
          },
          response: {
            200: {
              description: 'The log-densities',
              content: {
                'application/json': { schema: inferenceResponseSchema },
                'application/octet-stream': { schema: Type.Unsafe<Uint8Array>(Type.String({ format: 'binary' })) },
              },
            },
            ...errors(400, 404, 409, 413, 415),
          },
        },
      },
      async ({ params, body, headers, own: { serving }, shadow }, reply) => {
        const id = modelOf(params);
        const encoding = await serving.encoding(id);
        if ((headers['content-encoding'] ?? 'identity') !== 'identity')
          throw new RequestError(415, 'unsupported-encoding', 'Content-Encoding: expected none.');
        const headerLength = headers['inference-header-content-length'];
        const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
        const request = inferenceRequest(bytes, headerLength === undefined ? undefined : String(headerLength));
        const output = outputOf(request);
        const rows = rowsOfTensors(encoding, request.inputs, config.limits.maxScoreRows);
        const begun = performance.now();
        const logProb = await rowScores(serving, { id, encoding }, rows);
        shadow?.({ rows, logProb, unreadable: new Set(), milliseconds: performance.now() - begun });
        return sendOutput(reply, { id, request, output, logProb });
      },
    );
  }
};

/** Throws NotFoundError where there is no such version. */
function modelOf({ id, version = onlyVersion }: { id: string; version?: string }): string {
  if (version !== onlyVersion) throw new NotFoundError('model', `${id}, version ${version}`);
  return id;
}

interface Output {
  readonly binary: boolean;
}

/** How the log-densities are asked for. Throws RequestError where anything else is. */
function outputOf({ outputs, binary }: InferenceRequest): Output {
  if (outputs === undefined || outputs.length === 0) return { binary };
  const other = outputs.find(({ name }) => name !== outputName);
  if (other)
    throw new RequestError(
      400,
      'unknown-output',
      `Unknown output ${JSON.stringify(other.name)}: expected "${outputName}".`,
    );
  return outputs[0];
}

interface Answer {
  readonly id: string;
  readonly request: InferenceRequest;
  readonly output: Output;
  readonly logProb: Float64Array;
}

function sendOutput(reply: FastifyReply, { id, request, output, logProb }: Answer) {
  const described = { name: outputName, shape: [logProb.length], datatype: 'FP64' };
  const head = { model_name: id, model_version: onlyVersion, ...(request.id !== undefined && { id: request.id }) };
  if (!output.binary) {
    const data = Array.from(logProb, (value) => (Number.isFinite(value) ? value : null));
    return reply.type('application/json').send(JSON.stringify({ ...head, outputs: [{ ...described, data }] }));
  }
  const bytes = Buffer.alloc(8 * logProb.length);
  logProb.forEach((value, row) => void bytes.writeDoubleLE(value, 8 * row));
  const parameters = { binary_data_size: bytes.length };
  const json = Buffer.from(JSON.stringify({ ...head, outputs: [{ ...described, parameters }] }));
  return reply
    .type('application/octet-stream')
    .header('inference-header-content-length', json.length)
    .send(Buffer.concat([json, bytes]));
}
