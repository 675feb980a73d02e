import { validate } from 'uuid';

/** By what each is looked for. */
const nouns = { dataset: 'id', model: 'id', key: 'id', job: 'id', sweep: 'id', alias: 'name', shadow: 'alias' };

/** Nothing is stored under this id. */
export class NotFoundError extends Error {
  override name = 'NotFoundError';
  readonly code: string;

  constructor(kind: keyof typeof nouns, id: string) {
    const noun = kind === 'model' && !validate(id) ? 'id or alias' : nouns[kind];
    super(`no ${kind} has the ${noun} ${JSON.stringify(id)}`);
    this.code = `${kind}-not-found`;
  }
}

/** What was asked for does not fit the state that the thing is in; the message says which state that is. */
export class ConflictError extends Error {
  override name = 'ConflictError';
  readonly code: string;

  constructor(
    code:
      | 'dataset-in-use'
      | 'model-training'
      | 'model-in-use'
      | 'model-not-ready'
      | 'model-ended'
      | 'model-aliased'
      | 'no-earlier-model'
      | 'same-model'
      | 'job-running'
      | 'job-ended'
      | 'sweep-running'
      | 'sweep-ended'
      | 'not-calibrated'
      | 'idempotency-key-in-use',
    message: string,
  ) {
    super(message);
    this.code = code;
  }
}

/** What was asked for was to be done to another state of the thing than it is in. */
export class PreconditionError extends Error {
  override name = 'PreconditionError';

  constructor(alias: string, revision: number | undefined) {
    const state = revision === undefined ? 'there is none' : `it has the revision ${revision}`;
    super(`the alias ${alias} was to be changed only in another state: ${state}`);
  }
}

/** An owner has as much of something as a limit allows; the message names the limit. */
export class QuotaError extends Error {
  override name = 'QuotaError';
  readonly code: 'too-many-queued' | 'too-many-jobs';

  constructor(code: QuotaError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** The database cannot be opened as it is, and the message says what to change. */
export class StoreStartError extends Error {
  override name = 'StoreStartError';
}

/** A running service owns the data directory. */
export class DirectoryInUseError extends StoreStartError {}

/** A backup cannot be made or restored, and the message says why. */
export class BackupError extends Error {
  override name = 'BackupError';
}
