import { type Static, Type } from 'typebox';
import type { Alias } from '../../store/aliases.ts';
import { Nullable, strict, timeSchema } from './common.ts';

/** What an alias may be called: it stands in paths. */
export const aliasPattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$';

/** Whether a text looks as ids do; no alias does. */
export const isId = (text: string) => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text);

/** Of a route for one model. */
export const modelParams = Type.Object({
  id: Type.String({
    pattern: aliasPattern,
    description: 'Its id, or an alias: then the header `Model-Id` of the answer says which model answered',
  }),
});

export const aliasParams = Type.Object({
  name: Type.String({
    pattern: aliasPattern,
    description: '1 to 100 letters, digits, or any of . _ -, and nothing that looks as an id does',
    examples: ['production'],
  }),
});

/** What changes of an alias take. */
export const changeHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The ETag of the alias as the client knows it, or *: 412 where it is another by now' }),
  ),
  'if-none-match': Type.Optional(Type.String({ description: '*: 412 where there is such an alias already' })),
});

export const newTargetSchema = Type.Object(
  { modelId: Type.String({ pattern: aliasPattern, description: 'A ready model, or the alias of one' }) },
  { ...strict, examples: [{ modelId: '01930000-0000-7000-8000-000000000000' }] },
);

const model = {
  modelId: Type.String({ format: 'uuid' }),
  modelName: Type.String(),
  modelVersion: Type.Integer({ description: 'Which of the models of that name' }),
};

export const aliasSchema = Type.Object(
  {
    name: Type.String(),
    ...model,
    revision: Type.Integer({ description: 'Rises with each change; in quotes, the ETag' }),
    createdAt: timeSchema,
    movedAt: timeSchema,
    shadow: Nullable(
      Type.Object(
        { modelId: Type.String({ format: 'uuid' }), share: Type.Number() },
        { description: 'The model that scores a share of the rows besides' },
      ),
    ),
    history: Type.Array(
      Type.Object({
        ...model,
        at: timeSchema,
        actor: Type.String({ description: 'The owner of the API key by which it was done; `local` without one' }),
      }),
      { description: 'The models that it has stood for, newest first; they may have been deleted since. At most 100' },
    ),
  },
  { $id: 'Alias', description: 'A name that stands for a model, and moves from one to another' },
);

export function toAliasBody({ name, revision, createdAt, shadow, history }: Alias): Static<typeof aliasSchema> {
  const moves = history.map(({ at, ...move }) => ({ ...move, at: at.toISOString() }));
  const [{ at: movedAt, modelId, modelName, modelVersion }] = moves;
  return {
    name,
    modelId,
    modelName,
    modelVersion,
    revision,
    createdAt: createdAt.toISOString(),
    movedAt,
    shadow,
    history: moves,
  };
}
