import { type Static, type TSchema, Type } from 'typebox';
import { RequestError } from '../errors.ts';

export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** A reference, by `$id`, to a schema that the app knows, with its static type. */
export const refTo = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Unsafe<Static<Schema>>(Type.Ref(`${Reflect.get(schema, '$id')}#`, { description }));

export const strict = { additionalProperties: false };

/** A name that every place which shows or stores it can hold. */
export const nameSchema = (description: string) =>
  Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000-\\u001f]*$', description });

/** For names that no schema sees, because their body is read as it arrives. Throws RequestError. */
export function checkName(name: string): string {
  if (name.length >= 1 && name.length <= 200 && !/\p{Cc}/u.test(name)) return name;
  const message = 'Expected 1 to 200 characters, none of them a control character.';
  throw new RequestError(400, 'invalid-name', `/name: ${message}`, { faults: [{ path: '/name', message }] });
}

export const idParams = Type.Object({ id: Type.String({ format: 'uuid' }) });

export const pageQuery = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 20, description: 'The most items to return' }),
    cursor: Type.Optional(Type.String({ format: 'uuid', description: 'The `nextCursor` of the page before' })),
  },
  strict,
);

/** A page of a list, newest first. */
export const pageOf = <Item extends TSchema>(item: Item, description: string) =>
  Type.Object(
    {
      items: Type.Array(item),
      nextCursor: Nullable(Type.String({ format: 'uuid', description: 'Where the next page starts' })),
    },
    { description },
  );

/** What reads with an ETag take and answer. */
export const conditionalHeaders = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({ description: 'The ETag of an answer that the client has: 304 where it would be the same' }),
  ),
});
export const notModified = { 304: Type.Null({ description: 'The client has the answer already' }) };

/** How urgent something is to its owner. */
export const priorityRange = { minimum: -10, maximum: 10 };

export const timeSchema = Type.String({ format: 'date-time' });

export const problemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong, naming the thing, its value and what was expected' }),
    instance: Type.String({ description: 'The request, as the log names it' }),
    code: Type.String({ description: 'What is wrong, for programs' }),
    errors: Type.Optional(
      Type.Array(Type.Object({ path: Type.String({ description: 'JSON pointer' }), message: Type.String() })),
    ),
  },
  { $id: 'Problem', description: 'RFC 9457 problem details' },
);

const problemDescriptions = {
  400: 'Not well-formed, or against the schema',
  401: 'No good API key was given, where one is needed',
  403: 'The API key lacks the scope that this needs',
  404: 'There is no such thing, or it is another owner’s',
  409: 'The thing is in a state that does not allow this',
  412: 'The thing is not as the request expects it: see If-Match',
  413: 'More than a limit allows; the detail names the limit',
  415: 'The body is of a type that this route does not take',
  421: 'Without API keys: asked for under a name that is not this machine’s own',
  422: 'Well-formed, but impossible',
  429: 'More requests, queued models or jobs than a limit allows; see Retry-After',
  503: 'Not ready or overloaded; see Retry-After',
} as const;

/** What any route may answer that asks for an API key. */
export const guardedStatuses = [401, 403, 421, 429, 503] as const;

/** The responses of a guarded route for these statuses, and for what any such route may answer. */
export function problems(...statuses: (keyof typeof problemDescriptions)[]) {
  return openProblems(...new Set([...statuses, ...guardedStatuses]));
}

/** The responses for these statuses. */
export function openProblems(...statuses: (keyof typeof problemDescriptions)[]) {
  return Object.fromEntries(
    statuses.sort().map((status) => [
      status,
      {
        description: problemDescriptions[status],
        content: { 'application/problem+json': { schema: refTo(problemSchema, 'The problem') } },
      },
    ]),
  );
}
