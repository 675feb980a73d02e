import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { shown } from '../table/errors.ts';
import type { RequestFault } from './errors.ts';

/**
 * Checks requests against the routes' own schemas; no schema of a user's is ever compiled. Unknown keys are refused.
 * Only the query, which is all text, has its numbers and booleans converted: in a body "1" is not 1.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema);
  return (value) => {
    const complete = Value.Default(schema, httpPart === 'querystring' ? converted(schema, value) : value);
    if (validator.Check(complete)) return { value: complete };
    const got = (path: string) => shown(Value.Pointer.Get(complete, path));
    return {
      error: validator.Errors(complete).map((e) => ({ ...e, params: { ...e.params, got: got(e.instancePath) } })),
    };
  };
};

/** As `validatorCompiler`, for routes that read the body as it arrives: its schema is there for the documentation. */
export const streamingValidatorCompiler: FastifySchemaCompiler<TSchema> = (route) =>
  route.httpPart === 'body' ? () => true : validatorCompiler(route);

/** What is wrong, an unknown key first: it often explains the rest. */
export function faultsOf(errors: readonly FastifySchemaValidationError[]): RequestFault[] {
  const unknown = errors.filter(({ keyword }) => keyword === 'additionalProperties');
  const others = errors.filter(({ keyword }) => keyword !== 'additionalProperties' && keyword !== 'boolean');
  const faults = [...unknown, ...others].flatMap(toFaults);
  // Of very many unknown keys there is only an error for each of the first.
  return faults.length > 0 ? faults : errors.map(({ instancePath: path }) => unknownKey(path));
}

function toFaults({
  keyword,
  instancePath,
  params,
  message = 'is not valid',
}: FastifySchemaValidationError): RequestFault[] {
  const keys = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  switch (keyword) {
    case 'additionalProperties':
      return keys(params['additionalProperties']).map((key) => unknownKey(`${instancePath}/${key}`));
    case 'required':
      return keys(params['requiredProperties']).map((key) => ({
        path: `${instancePath}/${key}`,
        message: 'This key is missing.',
      }));
    case 'enum':
      return [
        {
          path: instancePath,
          message: `Expected one of ${keys(params['allowedValues']).join(', ')}; got ${params['got']}.`,
        },
      ];
    default:
      return [{ path: instancePath, message: `The value ${message}; got ${params['got']}.` }];
  }
}

function unknownKey(path: string): RequestFault {
  return { path, message: `Unknown key ${JSON.stringify(path.split('/').at(-1))}.` };
}

function converted(schema: TSchema, query: unknown): unknown {
  if (typeof query !== 'object' || query === null) return query;
  const properties = Object(Reflect.get(schema, 'properties'));
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, convert(properties[name]?.type, value)]),
  );
}

function convert(type: unknown, value: unknown): unknown {
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  const isNumber = type === 'integer' || type === 'number';
  return isNumber && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}
