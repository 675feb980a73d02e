import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { SpecError } from './errors.ts';
import { shown } from './shown.ts';

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
  // An unknown key is named before anything else is said about the object. Of many errors there are only the first.
  const errors = Value.Errors(schema, complete);
  const error = errors.find(isUnknownKey) ?? errors[0];
  if (error) throw specError(error, schema, complete, path);
  return complete as Static<Schema>;
}

/** Whether an error says, by the path of its value, that a key is not known. */
export function isUnknownKey({ keyword, schemaPath }: { keyword: string; schemaPath: string }): boolean {
  return keyword === 'boolean' && schemaPath.endsWith(unknownKeys);
}

/** The last key of a JSON pointer. */
export function lastKey(pointer: string): string {
  return pointer
    .slice(pointer.lastIndexOf('/') + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}

/** Where a schema says that there are no other keys. */
const unknownKeys = '/additionalProperties';

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function specError(error: SchemaError, schema: object, value: unknown, path: string): SpecError {
  const at = path + error.instancePath;
  const offending = Value.Pointer.Get(value, error.instancePath);
  if (isUnknownKey(error)) {
    const properties = Value.Pointer.Get(schema, `${error.schemaPath.slice(1, -unknownKeys.length)}/properties`);
    const known = isObject(properties) ? Object.keys(properties) : [];
    return new SpecError(at, `Unknown key ${shown(lastKey(at))}; expected one of ${known.join(', ')}`);
  }
  switch (error.keyword) {
    case 'required':
      return new SpecError(`${at}/${error.params.requiredProperties[0]}`, 'This key is missing');
    case 'enum':
      return new SpecError(at, `Expected one of ${error.params.allowedValues.join(', ')}; got ${shown(offending)}`);
    default:
      return new SpecError(at, `The value ${error.message}; got ${shown(offending)}`);
  }
}
