import type { FastifyRequest } from 'fastify';
import { exemptFromPressure } from './plugins/under-pressure.ts';

/** For routes that watchers ask every few seconds: answered under pressure too, in no trace, and in the log only when they fail. */
export const probe = { config: { ...exemptFromPressure.config, otel: false } } as const;

export const isProbe = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config.otel === false;
