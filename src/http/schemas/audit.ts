import { type Static, Type } from 'typebox';
import { ownerPattern } from '../../store/api-keys.ts';
import { type AuditEvent, auditActions } from '../../store/audit.ts';
import { Nullable, pageQuery, strict, timeSchema } from './common.ts';

const uuid = (description: string) => Type.String({ format: 'uuid', description });

export const auditQuery = Type.Object(
  {
    ...pageQuery.properties,
    owner: Type.Optional(Type.String({ pattern: ownerPattern, description: 'Only of what belongs to this owner' })),
    subjectId: Type.Optional(uuid('Only of this dataset, model, alias, job, sweep or key')),
  },
  strict,
);

export const auditEventSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    at: timeSchema,
    owner: Type.String({ description: 'To whom the thing belongs' }),
    actor: Type.String({
      description:
        'The owner of the API key by which it was done; `local` without one, `command line` for `npm run key`',
    }),
    keyId: Nullable(uuid('The API key by which it was done; null where none was asked for')),
    action: Type.String({ description: auditActions.map((action) => `\`${action}\``).join(', ') }),
    subjectId: uuid('The dataset, model, alias, job, sweep or key'),
    requestId: Nullable(uuid('The request, as the log and the `instance` of problems name it')),
    details: Nullable(Type.Object({ name: Type.Optional(Type.String()) }, { additionalProperties: true })),
  },
  { description: 'That something was created, moved, deleted, cancelled or revoked' },
);

export function toAuditBody({ at, details, ...rest }: AuditEvent): Static<typeof auditEventSchema> {
  return { ...rest, at: at.toISOString(), details: details && { ...details } };
}
