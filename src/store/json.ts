import type { Prisma } from './client/client.ts';

/** A JSON object as the store keeps it: what is inside is its writer's and readers' matter. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as the database will hold it. As in the HTTP contract, a number that JSON cannot hold becomes null. */
export function toJson(value: object | string): Prisma.InputJsonValue {
  return JSON.parse(JSON.stringify(value));
}

/** Throws TypeError when the stored value is no JSON object. */
export function jsonObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`stored JSON: expected an object, got ${JSON.stringify(value)}`);
  return { ...value };
}

export function jsonObjectOrNull(value: unknown): JsonObject | null {
  return value === null ? null : jsonObject(value);
}

/** Throws TypeError when the stored value is no array of strings. */
export function jsonStrings(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new TypeError(`stored JSON: expected strings, got ${JSON.stringify(value)}`);
  return value;
}
