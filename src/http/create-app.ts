import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import type { Config } from '../config.ts';
import { acceptJson } from './bodies/json-body.ts';
import { answerClientError, refuseExpectations } from './connections/client-errors.ts';
import { logWithCallerId } from './observation/caller-id.ts';
import { isProbe } from './observation/probe.ts';
import { logSerializers } from './observation/request-log.ts';
import { answerWithProblem } from './problem.ts';
import { problemSchema } from './schemas/common.ts';
import { validatorCompiler } from './validation.ts';

const minute = 60_000;

/** An app without routes: how it listens, logs, checks what it is asked and tells what is wrong. */
export function createApp({ limits, trustProxy }: Pick<Config, 'limits' | 'trustProxy'>, log: FastifyBaseLogger) {
  const app = fastify({
    loggerInstance: log.child({}, { serializers: logSerializers }),
    // Of random numbers that are drawn many at a time.
    genReqId: () => randomUUID(),
    childLoggerFactory: logWithCallerId,
    logController: new LogController({ disableRequestLogging: isProbe }),
    // Only whom it names is believed when it says for whom it asks.
    trustProxy: trustProxy.length > 0 && [...trustProxy],
    frameworkErrors: (error, request, reply) => void answerWithProblem(error, request, reply),
    bodyLimit: limits.maxBodyBytes,
    requestTimeout: 1000 * limits.maxStreamSeconds,
    connectionTimeout: 1000 * limits.maxIdleSeconds,
    keepAliveTimeout: minute,
    // What still arrives on a connection that is in use is answered as anything else; its answer says that it is the last.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.server.maxConnections = limits.maxConnections;
  app.setErrorHandler(answerWithProblem);
  refuseExpectations(app);
  acceptJson(app);
  app.addSchema(problemSchema);
  return app;
}
