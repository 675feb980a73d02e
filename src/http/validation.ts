import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import { isUnknownKey, lastKey } from '../flow/schema.ts';
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

/** What is wrong, an unknown key first: it often explains the rest. Of many errors there are only the first. */
export function faultsOf(errors: readonly FastifySchemaValidationError[]): RequestFault[] {
  const unknown = errors.filter(isUnknownKey);
  const others = errors.filter((error) => !isUnknownKey(error) && error.keyword !== 'additionalProperties');
  return [...unknown, ...others].flatMap(toFaults);
}

function toFaults(error: FastifySchemaValidationError): RequestFault[] {
  const { keyword, instancePath, params, message = 'is not valid' } = error;
  if (isUnknownKey(error)) return [{ path: instancePath, message: `Unknown key ${shown(lastKey(instancePath))}.` }];
  const keys = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  switch (keyword) {
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
  return isNumber && typeof value === 'string' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) ? Number(value) : value;
}
