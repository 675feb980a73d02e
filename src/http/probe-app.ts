import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { createGuard, guardRoutes } from './access/guard.ts';
import { KeyRing } from './access/key-ring.ts';
import { rateLimitPlugin } from './access/rate-limit.ts';
import { createApp } from './create-app.ts';
import { helmetPlugin } from './plugins/helmet.ts';
import { countRefusals, measureRequests, processMetrics } from './plugins/metrics.ts';
import { answerNotFound } from './problem.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import type { Services } from './services.ts';

/** What a process answers that has no API: whether it is well, and how it fares. `services` stay the caller's to close. */
export async function buildProbeApp({
  log,
  ...services
}: Services & { log: FastifyBaseLogger }): Promise<FastifyInstance> {
  const { store } = services;
  const app = createApp(services.config, log);
  app.setNotFoundHandler(answerNotFound);
  const registry = processMetrics();
  measureRequests(app, registry);
  countRefusals(app, registry);
  await app.register(helmetPlugin);
  // Only wrong keys are counted.
  await app.register(rateLimitPlugin, { most: 0, store });
  await app.register(healthRoutes, services);
  const ring = new KeyRing(store);
  app.addHook('onClose', async () => ring.close());
  const guard = createGuard(app, services, ring);
  await app.register(async (guarded) => {
    guardRoutes(guarded, guard);
    await guarded.register(metricsRoutes, { ...services, registry });
  });
  await app.ready();
  return app;
}
