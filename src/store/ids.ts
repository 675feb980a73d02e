import { validate } from 'uuid';
import { NotFoundError } from './errors.ts';

/** Ids sort by the time they were made at. */
export { v7 as newId } from 'uuid';

/** Throws NotFoundError for what cannot be an id, which the database would refuse with an error of its own. */
export function checkId(kind: 'dataset' | 'model' | 'key' | 'job' | 'sweep', id: string): void {
  if (!validate(id)) throw new NotFoundError(kind, id);
}
