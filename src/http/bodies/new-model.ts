import type { Limits } from '../../config.ts';
import { type FlowShape, Layout } from '../../flow/encoding/layout.ts';
import { anomaly, auto } from '../../flow/presets.ts';
import {
  type Candidate,
  type FlowPlace,
  isAuto,
  type ResolvedFlow,
  resolveFlow,
  severalFlows,
} from '../../flow/spec.ts';
import type { Dataset, DatasetColumn } from '../../store/datasets.ts';
import type { NewModel } from '../../store/model.ts';
import type { MissingPolicy } from '../../training/columns.ts';
import { trainingMemory } from '../../training/memory.ts';
import { plannedRace } from '../../training/race-record.ts';
import {
  anomalyTraining,
  minimumRows,
  resolveTraining,
  type Training,
  type TrainingOptions,
} from '../../training/recipe.ts';
import { plannedEncoding } from '../../training/sources.ts';
import { RequestError, type RequestFault } from '../errors.ts';
import type { NewModelBody } from '../schemas/model.ts';

type TrainingLimits = Pick<Limits, 'maxParameters' | 'maxTrainingSeconds'>;

/** What to train, and what that comes to. */
export interface PlannedModel {
  readonly plan: NewModel & { readonly memoryBytes: number };
  /** The rows that the flow will be for. */
  readonly shape: FlowShape;
  /** The flow; where it stands for several, these. */
  readonly flow: ResolvedFlow | undefined;
  readonly several: readonly Candidate[] | undefined;
}

/**
 * What to train for a request, with every default resolved.
 * Throws RequestError when the dataset cannot be modelled as asked, and SpecError when the flow cannot.
 */
export function planModel(body: NewModelBody, dataset: Dataset, limits: TrainingLimits): PlannedModel {
  const { flow, training = {}, seed, missing, priority } = body;
  const context = namedColumns(body.context ?? [], dataset, '/context');
  const { columns, warnings } = modelledColumns(body, context, dataset);
  checkColumns([...columns, ...context], dataset, missing);
  const { shape, width } = new Layout(plannedEncoding(columns, context, missing));
  const { maxParameters, maxTrainingSeconds } = limits;
  const place = { ...shape, rows: dataset.rowCount, path: '/flow', seed, maxParameters };
  const several = severalFlows(flow, place);
  const resolved = several ? undefined : resolveFlow(flow, place);
  const planned = withinTime(planTraining(training, flow, place, several), training, maxTrainingSeconds);
  const plan = {
    name: body.name ?? dataset.name,
    datasetId: dataset.id,
    columns: columns.map(({ name }) => name),
    context: context.map(({ name }) => name),
    ...(resolved
      ? { flow: resolved.spec, parameterCount: resolved.parameterCount }
      : { flow: isAuto(flow) ? auto : anomaly, parameterCount: null, race: plannedRace(several ?? []) }),
    training: planned,
    seed,
    missing,
    warnings,
    priority,
    memoryBytes: trainingMemory({
      rows: dataset.rowCount,
      columns: columns.length + context.length,
      width,
      batchSize: planned.batchSize,
      flows: Math.max(several?.length ?? 1, planned.ensemble),
      parameters: Math.max(...(resolved ? [resolved] : (several ?? [])).map(({ parameterCount }) => parameterCount)),
    }),
  };
  return { plan, shape, flow: resolved, several };
}

/** Throws RequestError where more time is asked for than a model may take; where nothing is said it takes no more. */
function withinTime(planned: Training, { budgetSeconds: asked = 0 }: TrainingOptions, most: number): Training {
  if (asked <= most) return { ...planned, budgetSeconds: Math.min(planned.budgetSeconds, most) };
  const path = '/training/budgetSeconds';
  const message = `Expected at most MAX_TRAINING_SECONDS=${most}, got ${asked}.`;
  throw refusal('too-much-training', [{ path, message }]);
}

function planTraining(
  training: TrainingOptions,
  flow: unknown,
  place: FlowPlace,
  several: readonly Candidate[] | undefined,
): Training {
  if (flow !== anomaly) return resolveTraining(training, { rows: place.rows, race: isAuto(flow) });
  return resolveTraining({ ensemble: several?.length, ...anomalyTraining(place), ...training }, place);
}

function modelledColumns(
  { columns: names, missing }: Pick<NewModelBody, 'columns' | 'missing'>,
  context: readonly DatasetColumn[],
  dataset: Dataset,
): { columns: readonly DatasetColumn[]; warnings: readonly string[] } {
  const columns = names ? namedColumns(names, dataset, '/columns') : dataset.columns.filter(({ ignored }) => !ignored);
  const both = columns.filter((column) => context.includes(column));
  if (names && both.length > 0)
    throw refusal(
      'column-twice',
      both.map(({ name }) => ({
        path: '/context',
        message: `Column ${quoted(name)} cannot be modelled and context too.`,
      })),
    );
  const modelled = columns.filter((column) => !context.includes(column));
  if (modelled.length === 0) {
    const message =
      columns.length === 0
        ? 'Every column is ignored: say what they are when the table is uploaded.'
        : 'Every column is context: none is left to model.';
    throw refusal('no-columns', [{ path: columns.length === 0 ? '/columns' : '/context', message }]);
  }
  const constant = modelled.filter((column) => isConstant(column, missing));
  const varying = modelled.filter((column) => !constant.includes(column));
  // A constant column that was asked for by name is refused; so is a table of nothing else.
  if (names || varying.length === 0) return { columns: modelled, warnings: [] };
  const list = constant.map(({ name }) => quoted(name)).join(', ');
  const warnings = constant.length > 0 ? [`Left out, having the same value in every row: ${list}.`] : [];
  return { columns: varying, warnings };
}

/** Whether all cells are the same, a missing one being another value where that is modelled. */
function isConstant(column: DatasetColumn, missing: MissingPolicy): boolean {
  return distinctValues(column) + Number(missing === 'model' && column.missingCount > 0) < 2;
}

/** None, one, or two for all that are more. */
function distinctValues({ kind, summary: { min, max, categories } }: DatasetColumn): number {
  if (kind === 'continuous' || kind === 'integer') return typeof min === 'number' ? 1 + Number(min !== max) : 0;
  return Array.isArray(categories) ? Math.min(2, categories.length) : 0;
}

function namedColumns(names: readonly string[], { columns }: Dataset, path: string): readonly DatasetColumn[] {
  const known = new Map(columns.map((column) => [column.name, column]));
  const faults = names.flatMap((name, index) =>
    known.has(name)
      ? []
      : [{ path: `${path}/${index}`, message: `The dataset has no column ${JSON.stringify(name)}.` }],
  );
  if (faults.length > 0)
    throw refusal('unknown-column', faults, `Its columns are ${[...known.keys()].map(quoted).join(', ')}.`);
  return names.flatMap((name) => known.get(name) ?? []);
}

function checkColumns(columns: readonly DatasetColumn[], { rowCount }: Dataset, missing: MissingPolicy): void {
  if (rowCount < minimumRows)
    throw refusal('too-few-rows', [
      { path: '/datasetId', message: `The dataset has ${rowCount} rows; a model needs at least ${minimumRows}.` },
    ]);
  if (missing === 'reject')
    refuseSome('missing-cells', columns, ({ name, missingCount }) =>
      missingCount > 0
        ? `Column ${quoted(name)} has ${missingCount} missing cells: say what becomes of them.`
        : undefined,
    );
  refuseSome('ignored-column', columns, ({ name, ignored }) =>
    ignored ? `Column ${quoted(name)} is stored only: it is neither numbers nor few categories.` : undefined,
  );
  refuseSome('constant-column', columns, (column) =>
    isConstant(column, missing)
      ? `Column ${quoted(column.name)} has the same value in every row: leave it out.`
      : undefined,
  );
}

function refuseSome(
  code: string,
  columns: readonly DatasetColumn[],
  messageFor: (column: DatasetColumn) => string | undefined,
): void {
  const faults = columns.map(messageFor).flatMap((message) => (message ? [{ path: '/columns', message }] : []));
  if (faults.length > 0) throw refusal(code, faults);
}

function refusal(code: string, faults: readonly RequestFault[], advice = ''): RequestError {
  const detail = [...faults.map(({ message }) => message), advice].join(' ').trim();
  return new RequestError(422, code, detail, { faults });
}

const quoted = (name: string) => JSON.stringify(name);
