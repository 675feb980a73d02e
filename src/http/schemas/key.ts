import { type Static, Type } from 'typebox';
import { type ApiKey, ownerPattern, scopes } from '../../store/api-keys.ts';
import { Nullable, nameSchema, strict, timeSchema } from './common.ts';

const owner = Type.String({
  pattern: ownerPattern,
  description: 'To whom belongs what is made with the key: 1 to 100 letters, digits, or any of . _ @ : + -',
});
const scopeList = Type.Array(Type.Enum([...scopes]), {
  minItems: 1,
  uniqueItems: true,
  description: '`write` includes `read`; `admin` includes all',
});

const properties = {
  id: Type.String({ format: 'uuid' }),
  owner,
  name: Type.String(),
  scopes: scopeList,
  createdAt: timeSchema,
  expiresAt: Nullable(timeSchema),
  revokedAt: Nullable(timeSchema),
  lastUsedAt: Nullable(Type.String({ format: 'date-time', description: 'To about a minute' })),
};

export const keySchema = Type.Object(properties, { description: 'An API key, without the key itself' });

export const createdKeySchema = Type.Object(
  { ...properties, key: Type.String({ description: 'The key itself, which is shown here and never again' }) },
  { description: 'The new key' },
);

export const newKeySchema = Type.Object(
  {
    owner,
    name: Type.Optional(nameSchema('What the key is for')),
    scopes: scopeList,
    expiresAt: Type.Optional(
      Type.String({ format: 'date-time', description: 'From when on it is good for nothing; left out: never' }),
    ),
  },
  { ...strict, examples: [{ owner: 'ann', name: 'notebook', scopes: ['write'], expiresAt: '2030-01-01T00:00:00Z' }] },
);

export function toKeyBody({
  scopes: given,
  createdAt,
  expiresAt,
  revokedAt,
  lastUsedAt,
  ...rest
}: ApiKey): Static<typeof keySchema> {
  return {
    ...rest,
    scopes: [...given],
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
