import type { components, paths } from './schema.d.ts';

export type Dataset = components['schemas']['Dataset'];
export type Model = components['schemas']['Model'];
export type Sweep = components['schemas']['Sweep'];
export type Problem = components['schemas']['Problem'];

/** What a table would become. */
export type Inspection = components['schemas']['Inspection'];
export type InspectedColumn = Inspection['columns'][number];
export type ColumnKind = InspectedColumn['kind'];
/** What is said of a column. */
export type ColumnOptions = Exclude<NonNullable<InspectedColumn['asked']>, string>;
/** How a CSV is to be read; what is left out is found out. */
export type CsvOptions = Partial<NonNullable<Inspection['csv']>>;

export type DatasetColumn = Dataset['columns'][number];
export type NumberSummary = Extract<DatasetColumn['summary'], { histogram: unknown }>;
export type CategorySummary = Extract<DatasetColumn['summary'], { categories: unknown }>;

export function isNumeric(summary: DatasetColumn['summary']): summary is NumberSummary {
  return 'histogram' in summary;
}

export type ModelStatus = Model['status'];

/** How a flow of a sweep has done. */
export type Standing = Sweep['leaderboard'][number];
/** One of its flows with one seed. */
export type Trial = Sweep['trials'][number];

/** Whether something may still happen to a model or a sweep of this status. */
export function isUnderWay(status: ModelStatus | Sweep['status']): boolean {
  return status === 'queued' || status === 'training' || status === 'running';
}

type Body<Operation> = Operation extends { requestBody: { content: { 'application/json': infer Json } } }
  ? Json
  : never;
type Answered<Operation> = Operation extends { responses: { 200: { content: { 'application/json': infer Json } } } }
  ? Json
  : never;

export type NewModel = Body<paths['/v1/models']['post']>;
export type ResolvedModel = Answered<paths['/v1/models/resolve']['post']>;
export type FlowCatalogue = Answered<paths['/v1/flows']['get']>;
export type Fault = NonNullable<Problem['errors']>[number];
