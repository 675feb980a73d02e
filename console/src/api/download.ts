import { authorization } from './key.ts';
import { errorOf } from './problem.ts';
import { save } from './save.ts';

/** Fetches what a link could not, for it sends no key or has a body, and has the browser keep it. Throws ApiError. */
export async function download(path: string, name: string, body?: object): Promise<void> {
  const response = await fetch(path, {
    headers: { ...authorization(), ...(body && { 'content-type': 'application/json' }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!response.ok) throw errorOf(response.status, await response.json(), response.headers.get('retry-after'));
  save(await response.blob(), name);
}
