import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { SpecError } from './errors.ts';

type SchemaError = ReturnType<typeof Value.Errors>[number];

/** The schema of an object that may have no other keys. */
export function strictObject<Properties extends TProperties>(properties: Properties) {
  return Type.Object(properties, { additionalProperties: false });
}

/**
 * A user's value with the schema's defaults filled in.
 * Throws SpecError on the first thing that does not fit: `path` is the JSON pointer of the value.
 * The schema is interpreted, never compiled to code.
 */
export function check<Schema extends TSchema>(schema: Schema, value: unknown, path: string): Static<Schema> {
  const complete = Value.Default(schema, Value.Clone(value));
  const errors = Value.Errors(schema, complete);
  const of = (keyword: string) => errors.find((error) => error.keyword === keyword);
  // An unknown key is named before anything else is said about the object; of very many there is only an error for each.
  const error = of('additionalProperties') ?? of('boolean') ?? errors[0];
  if (error) throw specError(error, schema, complete, path);
  return complete as Static<Schema>;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function specError(error: SchemaError, schema: object, value: unknown, path: string): SpecError {
  const at = path + error.instancePath;
  const offending = Value.Pointer.Get(value, error.instancePath);
  switch (error.keyword) {
    case 'boolean':
      return new SpecError(at, `Unknown key "${error.instancePath.split('/').at(-1)}"`);
    case 'additionalProperties': {
      const [key] = error.params.additionalProperties;
      const properties = Value.Pointer.Get(schema, `${error.schemaPath.slice(1)}/properties`);
      const known = isObject(properties) ? Object.keys(properties) : [];
      return new SpecError(`${at}/${key}`, `Unknown key "${key}"; expected one of ${known.join(', ')}`);
    }
    case 'required':
      return new SpecError(`${at}/${error.params.requiredProperties[0]}`, 'This key is missing');
    case 'enum':
      return new SpecError(at, `Expected one of ${error.params.allowedValues.join(', ')}; got ${shown(offending)}`);
    default:
      return new SpecError(at, `The value ${error.message}; got ${shown(offending)}`);
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
