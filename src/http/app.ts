import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { KnownAliases } from '../serving/known-aliases.ts';
import { acceptAliases } from './accept-aliases.ts';
import { createGuard, guardRoutes } from './access/guard.ts';
import { KeyRing } from './access/key-ring.ts';
import { rateLimitPlugin } from './access/rate-limit.ts';
import { sameSitePlugin } from './access/same-site.ts';
import { acceptJson } from './bodies/json-body.ts';
import { answerClientError, refuseExpectations } from './connections/client-errors.ts';
import { notePaths, refuseOtherMethods } from './connections/other-methods.ts';
import { logWithCallerId } from './observation/caller-id.ts';
import { isProbe } from './observation/probe.ts';
import { logSerializers } from './observation/request-log.ts';
import { answerWithErrors } from './open-inference/errors.ts';
import { admit, createAdmissions, isSpooled } from './plugins/admission.ts';
import { consolePlugin } from './plugins/console.ts';
import { deadlinesPlugin } from './plugins/deadlines.ts';
import { etagPlugin } from './plugins/etag.ts';
import { helmetPlugin } from './plugins/helmet.ts';
import { countRefusals, measureRequests, processMetrics } from './plugins/metrics.ts';
import { privateAnswersPlugin } from './plugins/private-answers.ts';
import { swaggerPlugin } from './plugins/swagger.ts';
import { swaggerUiPlugin } from './plugins/swagger-ui.ts';
import { underPressurePlugin } from './plugins/under-pressure.ts';
import { answerWithProblem } from './problem.ts';
import { aliasRoutes } from './routes/aliases.ts';
import { anomalyRoutes } from './routes/anomalies.ts';
import { auditRoutes } from './routes/audit.ts';
import { bulkJobRoutes } from './routes/bulk-jobs.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { densityRoutes } from './routes/density.ts';
import { driftRoutes } from './routes/drift.ts';
import { flowRoutes } from './routes/flows.ts';
import { healthRoutes } from './routes/health.ts';
import { logProbRoutes, sampleRoutes } from './routes/inference.ts';
import { keyRoutes } from './routes/keys.ts';
import { layerRoutes } from './routes/layers.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelEventRoutes } from './routes/model-events.ts';
import { modelRoutes } from './routes/models.ts';
import { onnxRoutes } from './routes/onnx.ts';
import { openInferenceRoutes } from './routes/open-inference.ts';
import { openInferenceModelRoutes } from './routes/open-inference-models.ts';
import { reportRoutes } from './routes/report.ts';
import { shadowRoutes } from './routes/shadows.ts';
import { workerRoutes } from './routes/workers.ts';
import { aliasSchema } from './schemas/alias.ts';
import { bulkJobSchema } from './schemas/bulk-job.ts';
import { problemSchema } from './schemas/common.ts';
import { datasetSchema } from './schemas/dataset.ts';
import { inspectionSchema } from './schemas/inspection.ts';
import { modelSchema } from './schemas/model.ts';
import type { Services } from './services.ts';
import { ShadowScoring } from './shadow/shadow-scoring.ts';
import { validatorCompiler } from './validation.ts';

const minute = 60_000;

/** The HTTP service, ready but not listening. What `services` holds stays the caller's to close. */
export async function buildApp({ log, ...services }: Services & { log: FastifyBaseLogger }): Promise<FastifyInstance> {
  const { limits } = services.config;
  const app = fastify({
    loggerInstance: log.child({}, { serializers: logSerializers }),
    // Of random numbers that are drawn many at a time.
    genReqId: () => randomUUID(),
    childLoggerFactory: logWithCallerId,
    logController: new LogController({ disableRequestLogging: isProbe }),
    frameworkErrors: (error, request, reply) => void answerWithProblem(error, request, reply),
    bodyLimit: limits.maxBodyBytes,
    requestTimeout: 1000 * limits.maxStreamSeconds,
    connectionTimeout: 1000 * limits.maxIdleSeconds,
    keepAliveTimeout: minute,
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.server.maxConnections = limits.maxConnections;
  app.setErrorHandler(answerWithProblem);
  refuseExpectations(app);
  acceptJson(app);
  for (const schema of [problemSchema, datasetSchema, inspectionSchema, modelSchema, aliasSchema, bulkJobSchema])
    app.addSchema(schema);

  const paths = notePaths(app);
  await services.tracing?.traceRequests(app);
  const registry = processMetrics();
  measureRequests(app, registry);
  countRefusals(app, registry);
  await app.register(helmetPlugin);
  await app.register(deadlinesPlugin, limits);
  await app.register(privateAnswersPlugin);
  await app.register(sameSitePlugin);
  await app.register(underPressurePlugin, limits);
  await app.register(etagPlugin);
  await app.register(rateLimitPlugin, { most: services.config.rateLimit, store: services.store });
  await app.register(swaggerPlugin);
  await app.register(swaggerUiPlugin);
  await app.register(consolePlugin);
  await app.register(healthRoutes, services);

  const { store } = services;
  const routeServices = { ...services, admissions: createAdmissions(limits) };
  const { inferences, uploads } = routeServices.admissions;
  const ring = new KeyRing(store);
  const aliased = { known: new KnownAliases(store), scoring: new ShadowScoring(services, { log: app.log }) };
  app.addHook('onClose', async () => {
    ring.close();
    aliased.known.close();
    await aliased.scoring.close();
  });
  const guard = createGuard(app, services, ring);
  await app.register(async (guarded) => {
    guardRoutes(guarded, guard);
    await guarded.register(metricsRoutes, { ...services, registry });
  });
  await app.register(
    async (v1) => {
      guardRoutes(v1, guard);
      acceptAliases(v1, aliased);
      await v1.register(keyRoutes, { store, ring });
      await v1.register(auditRoutes, { store });
      await v1.register(workerRoutes, { store });
      await v1.register(aliasRoutes, aliased);
      await v1.register(shadowRoutes, { ...aliased, store });
      for (const routes of [datasetRoutes, modelRoutes, modelEventRoutes, bulkJobRoutes])
        await v1.register(routes, routeServices);
      await v1.register(async (inference) => {
        admit(inference, inferences);
        admit(inference, uploads, isSpooled);
        for (const routes of [
          sampleRoutes,
          logProbRoutes,
          anomalyRoutes,
          densityRoutes,
          layerRoutes,
          driftRoutes,
          reportRoutes,
        ])
          await inference.register(routes, routeServices);
      });
      for (const routes of [onnxRoutes, flowRoutes]) await v1.register(routes, routeServices);
    },
    { prefix: '/v1' },
  );
  await app.register(
    async (v2) => {
      answerWithErrors(v2, limits);
      await v2.register(openInferenceRoutes, services);
      await v2.register(async (guarded) => {
        guardRoutes(guarded, guard);
        acceptAliases(guarded, aliased);
        admit(guarded, inferences);
        await guarded.register(openInferenceModelRoutes, routeServices);
      });
    },
    { prefix: '/v2' },
  );
  refuseOtherMethods(app, paths);
  await app.ready();
  return app;
}
