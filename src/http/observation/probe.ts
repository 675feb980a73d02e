import type { FastifyRequest } from 'fastify';
import { exemptFromRateLimit } from '../access/rate-limit.ts';
import { exemptFromPressure } from '../plugins/under-pressure.ts';

/** For routes that watchers ask every few seconds: answered under any pressure, in no trace, and in the log only when they fail. */
export const probe = { ...exemptFromPressure, ...exemptFromRateLimit, otel: false } as const;

export const isProbe = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config.otel === false;
