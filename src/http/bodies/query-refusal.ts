import { parseJson } from '../../table/nested-json.ts';
import { RequestError } from '../errors.ts';

/** A parameter of the query that is understood, but impossible. */
export function queryRefusal(parameter: string, message: string, code: string): RequestError {
  return new RequestError(422, code, `querystring/${parameter}: ${message}`, {
    faults: [{ path: `/${parameter}`, message }],
  });
}

/** Values by column that the query gives as a JSON object. Throws RequestError with the code where it is none. */
export function givenInQuery(text: string | undefined, code: string): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    const value = parseJson(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Refused below, with everything else that is no object.
  }
  throw queryRefusal('given', `Expected a JSON object, got ${JSON.stringify(text)}.`, code);
}
