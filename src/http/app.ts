import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { KeyRing } from './key-ring.ts';
import { answerWithErrors } from './open-inference-errors.ts';
import { admitInferences } from './plugins/admission.ts';
import { etagPlugin } from './plugins/etag.ts';
import { createGuard, guardRoutes } from './plugins/guard.ts';
import { helmetPlugin } from './plugins/helmet.ts';
import { measureRequests, processMetrics } from './plugins/metrics.ts';
import { rateLimitPlugin } from './plugins/rate-limit.ts';
import { swaggerPlugin } from './plugins/swagger.ts';
import { swaggerUiPlugin } from './plugins/swagger-ui.ts';
import { underPressurePlugin } from './plugins/under-pressure.ts';
import { answerWithProblem, answerWithProblems } from './problem.ts';
import { logSerializers } from './request-log.ts';
import { anomalyRoutes } from './routes/anomalies.ts';
import { auditRoutes } from './routes/audit.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { densityRoutes } from './routes/density.ts';
import { driftRoutes } from './routes/drift.ts';
import { flowRoutes } from './routes/flows.ts';
import { healthRoutes } from './routes/health.ts';
import { logProbRoutes, sampleRoutes } from './routes/inference.ts';
import { keyRoutes } from './routes/keys.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelEventRoutes } from './routes/model-events.ts';
import { modelRoutes } from './routes/models.ts';
import { onnxRoutes } from './routes/onnx.ts';
import { openInferenceRoutes } from './routes/open-inference.ts';
import { openInferenceModelRoutes } from './routes/open-inference-models.ts';
import { problemSchema } from './schemas/common.ts';
import { datasetSchema } from './schemas/dataset.ts';
import { modelSchema } from './schemas/model.ts';
import type { Services } from './services.ts';
import { validatorCompiler } from './validation.ts';

const minute = 60_000;

/** The HTTP service, ready but not listening. What `services` holds stays the caller's to close. */
export async function buildApp({ log, ...services }: Services & { log: FastifyBaseLogger }): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: log.child({}, { serializers: logSerializers }),
    // Of random numbers that are drawn many at a time.
    genReqId: () => randomUUID(),
    frameworkErrors: (error, request, reply) => void answerWithProblem(error, request, reply),
    // A large upload over a slow line, and a connection on which nothing is heard while rows are scored.
    requestTimeout: 10 * minute,
    connectionTimeout: 5 * minute,
    keepAliveTimeout: minute,
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  answerWithProblems(app);
  for (const schema of [problemSchema, datasetSchema, modelSchema]) app.addSchema(schema);

  const registry = processMetrics();
  measureRequests(app, registry);
  await app.register(helmetPlugin);
  await app.register(underPressurePlugin, services.config.limits);
  await app.register(etagPlugin);
  await app.register(rateLimitPlugin, { most: services.config.rateLimit });
  await app.register(swaggerPlugin);
  await app.register(swaggerUiPlugin);
  await app.register(healthRoutes, services);

  const { config, store } = services;
  const ring = new KeyRing(store);
  const guard = createGuard(app, services, ring);
  await app.register(async (guarded) => {
    guardRoutes(guarded, guard);
    await guarded.register(metricsRoutes, { ...services, registry });
  });
  await app.register(
    async (v1) => {
      guardRoutes(v1, guard);
      await v1.register(keyRoutes, { store, ring });
      await v1.register(auditRoutes, { store });
      for (const routes of [datasetRoutes, modelRoutes, modelEventRoutes]) await v1.register(routes, services);
      await v1.register(async (inference) => {
        admitInferences(inference, config.limits);
        for (const routes of [sampleRoutes, logProbRoutes, anomalyRoutes, densityRoutes, driftRoutes])
          await inference.register(routes, services);
      });
      for (const routes of [onnxRoutes, flowRoutes]) await v1.register(routes, services);
    },
    { prefix: '/v1' },
  );
  await app.register(
    async (v2) => {
      answerWithErrors(v2);
      await v2.register(openInferenceRoutes, services);
      await v2.register(async (guarded) => {
        guardRoutes(guarded, guard);
        admitInferences(guarded, config.limits);
        await guarded.register(openInferenceModelRoutes, services);
      });
    },
    { prefix: '/v2' },
  );
  await app.ready();
  return app;
}
