import type { Dataset, DatasetColumn, Fault, NewModel } from '../../api/types.ts';

export const roles = ['model', 'given', 'out'] as const;
/** Whether a column is modelled, conditions those that are, or is left out. */
export type Role = (typeof roles)[number];

export type Missing = NonNullable<NewModel['missing']>;

/** What has been filled in so far, apart from what stands in the address. */
export interface Draft {
  readonly name: string;
  /** Of the columns of the dataset whose role is not the usual one. */
  readonly roles: Readonly<Record<string, Role>>;
  readonly missing: Missing;
  readonly training: Readonly<Record<string, number>>;
  readonly seed: number | undefined;
}

export const emptyDraft: Draft = { name: '', roles: {}, missing: 'model', training: {}, seed: undefined };

export const roleOf = ({ name, ignored }: DatasetColumn, draft: Pick<Draft, 'roles'>): Role =>
  ignored ? 'out' : (draft.roles[name] ?? 'model');

/** What is sent: nothing is said of what is as it usually is. */
export function requestOf(draft: Draft, dataset: Dataset, flow: unknown): NewModel {
  const { name, missing, training, seed } = draft;
  const named = (role: Role) => dataset.columns.filter((column) => roleOf(column, draft) === role);
  const isLeftOut = named('out').some(({ ignored }) => !ignored);
  const [columns, context] = [named('model'), named('given')].map((some) => some.map((column) => column.name));
  return {
    datasetId: dataset.id,
    ...(name !== '' && { name }),
    ...(isLeftOut && { columns }),
    ...(context.length > 0 && { context }),
    flow,
    ...(missing !== 'model' && { missing }),
    ...(Object.keys(training).length > 0 && { training }),
    ...(seed !== undefined && { seed }),
  };
}

/** What is wrong with a part of the request, given by its JSON pointer. */
export const faultsAt = (faults: readonly Fault[], pointer: string): readonly Fault[] =>
  faults.filter(({ path }) => path === pointer || path.startsWith(`${pointer}/`));

/** The spec that a text is, or why it is none. */
export function parseSpec(text: string): { readonly spec: unknown } | { readonly error: string } {
  try {
    return { spec: JSON.parse(text) };
  } catch (error) {
    return { error: `It is no JSON yet: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A request as a command for a shell. */
export function curlOf(origin: string, body: object, withKey: boolean): string {
  const text = JSON.stringify(body, undefined, 2).replaceAll("'", "'\\''");
  const key = withKey ? ' \\\n  -H "authorization: Bearer $PUSHFORWARD_KEY"' : '';
  return `curl -X POST ${origin}/v1/models \\\n  -H 'content-type: application/json'${key} \\\n  -d '${text}'`;
}
