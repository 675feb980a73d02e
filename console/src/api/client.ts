import createClient from 'openapi-fetch';
import { authorization } from './key.ts';
import { errorOf } from './problem.ts';
import type { paths } from './schema.d.ts';

/** The API, as its OpenAPI document has it. */
export const api = createClient<paths>({ baseUrl: location.origin });
api.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(authorization())) request.headers.set(name, value);
  },
});

/** What a call was answered with; throws ApiError where that is an error. */
export async function answer<Body>(call: Promise<{ data?: Body; error?: unknown; response: Response }>): Promise<Body> {
  const { data, error, response } = await call;
  if (!response.ok) throw errorOf(response.status, error, response.headers.get('retry-after'));
  // An answer without a body, 204, has no data.
  return data as Body;
}
