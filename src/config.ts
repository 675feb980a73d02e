import { limits } from './config/limits.ts';
import { ConfigError, type Settings, type Values } from './config/setting.ts';
import { access, roles, service, shutdown, storage, traces, work } from './config/settings.ts';

export { ConfigError, roles };

const top = { ...service, ...storage, ...work, ...access };

/** How the service stops when it is told to. */
export type Shutdown = Values<typeof shutdown>;

/** Bounds on what one request may ask for. */
export type Limits = Values<typeof limits>;

/** What the environment asks for, validated once; every other module receives what it needs from here. */
export interface Config extends Values<typeof top> {
  /** Whether traces are sent; where to and all else is read by OpenTelemetry from its own variables. */
  readonly tracing: boolean;
  readonly shutdown: Shutdown;
  readonly limits: Limits;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration from environment variables.
 * Throws ConfigError on the first value that cannot be used.
 */
export function loadConfig(environment: Environment): Config {
  const { endpoint, tracesEndpoint, isOff, exporter } = read(traces, environment);
  return Object.freeze({
    ...read(top, environment),
    tracing: (endpoint ?? tracesEndpoint) !== undefined && !isOff && exporter !== 'none',
    shutdown: read(shutdown, environment),
    limits: read(limits, environment),
  });
}

function read<Set extends Settings>(settings: Set, environment: Environment): Values<Set> {
  const values = Object.entries(settings).map(([key, setting]) => [
    key,
    setting.read(environment[setting.name] || undefined),
  ]);
  return Object.freeze(Object.fromEntries(values));
}
