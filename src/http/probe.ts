import { exemptFromPressure } from './plugins/under-pressure.ts';

/** For routes that watchers ask every few seconds: answered under pressure too, in no trace, and in the log only when they fail. */
export const probe = {
  logLevel: 'warn',
  config: { ...exemptFromPressure.config, otel: false },
} as const;
