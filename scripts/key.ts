/** Makes, lists and revokes API keys in the service's database, be the service running or not. */
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config.ts';
import { type ApiKey, type ApiKeys, type NewApiKey, ownerPattern, type Scope, scopes } from '../src/store/api-keys.ts';
import { commandLine } from '../src/store/audit.ts';
import { openForMaintenance } from '../src/store/embedded/embedded-postgres.ts';
import { openStore } from '../src/store/store.ts';
import { asOperator, scriptLog as log, UsageError } from './operator.ts';

const usage = `npm run key -- create --owner NAME [--name TEXT] [--scopes ${scopes.join(',')}] [--expires 90d|2030-01-01]
npm run key -- list
npm run key -- revoke ID

A new key is the only thing on standard output (with npm run --silent), and cannot be had again.`;

const day = 24 * 60 * 60 * 1000;

/** What to do with the keys. Throws UsageError. */
function commandOf(parameters: string[]): (keys: ApiKeys) => Promise<void> {
  const { positionals, values } = parsed(parameters);
  const [command, id, ...rest] = positionals;
  const hasOptions = Object.keys(values).length > 0;
  if (command === 'create' && id === undefined) {
    const { owner = '', name = '', scopes: list = 'write', expires } = values;
    if (!new RegExp(ownerPattern).test(owner))
      throw new UsageError(`--owner ${owner}: expected 1 to 100 letters, digits, or any of . _ @ : + -`);
    const key = { owner, name, scopes: scopesOf(list), expiresAt: expires === undefined ? null : expiryOf(expires) };
    return (keys) => create(keys, key);
  }
  if (command === 'list' && id === undefined && !hasOptions) return list;
  if (command === 'revoke' && id !== undefined && rest.length === 0 && !hasOptions) return (keys) => revoke(keys, id);
  throw new UsageError(usage);
}

function parsed(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { owner: text, name: text, scopes: text, expires: text },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function scopesOf(list: string): Scope[] {
  return list.split(',').map((given) => {
    const scope = scopes.find((candidate) => candidate === given);
    if (scope === undefined) throw new UsageError(`--scopes ${list}: expected some of ${scopes.join(',')}`);
    return scope;
  });
}

function expiryOf(text: string): Date {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  const time = days === undefined ? new Date(text) : new Date(Date.now() + Number(days) * day);
  if (time.getTime() > Date.now()) return time;
  throw new UsageError(`--expires ${text}: expected days to come, such as 90d, or a later date, such as 2030-01-01`);
}

async function create(keys: ApiKeys, key: NewApiKey): Promise<void> {
  const { key: created, secret } = await keys.create(commandLine, key);
  console.error(lineOf(created));
  console.log(secret);
}

async function list(keys: ApiKeys): Promise<void> {
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await keys.list({ limit: 200, cursor });
    for (const key of items) console.log(lineOf(key));
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}

async function revoke(keys: ApiKeys, id: string): Promise<void> {
  await keys.revoke(commandLine, id);
  console.error(`${id} is revoked; running services notice within two seconds`);
}

function lineOf({ id, owner, name, scopes: given, createdAt, expiresAt, revokedAt, lastUsedAt }: ApiKey): string {
  const times = { created: createdAt, expires: expiresAt, revoked: revokedAt, used: lastUsedAt };
  const told = Object.entries(times).flatMap(([what, time]) => (time ? [`${what} ${time.toISOString()}`] : []));
  return [id, owner, given.join(','), ...told, name && JSON.stringify(name)].filter(Boolean).join('  ');
}

async function run(command: (keys: ApiKeys) => Promise<void>): Promise<void> {
  const { databaseUrl, dataDirectory } = loadConfig(process.env);
  const database =
    databaseUrl === undefined ? await openForMaintenance(dataDirectory, log) : { databaseUrl, close: async () => {} };
  try {
    const store = await openStore({ databaseUrl: database.databaseUrl, dataDirectory, log });
    await command(store.apiKeys).finally(() => store.close());
  } finally {
    await database.close();
  }
}

await asOperator(async () => run(commandOf(process.argv.slice(2))));
