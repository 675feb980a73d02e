import { setImmediate as others } from 'node:timers/promises';
import type { Limits } from '../../config.ts';
import { auto } from '../../flow/presets.ts';
import type { Dataset } from '../../store/datasets.ts';
import type { NewSweep, NewTrial } from '../../store/sweep.ts';
import type { NewSweepBody } from '../schemas/sweep.ts';
import { type PlannedModel, planModel, quoted, refusal } from './new-model.ts';

type SweepLimits = Pick<Limits, 'maxParameters' | 'maxTrainingSeconds' | 'maxSweepTrials'>;

const longestName = 200;

/**
 * What to train for a sweep, with every default resolved: each trial is planned as the model is that would be asked for alone. Trials
 * stand seed by seed, so that flows can be compared from the first seed on.
 * Throws RequestError and SpecError, as `planModel` does, with the path of the flow.
 */
export async function planSweep(body: NewSweepBody, dataset: Dataset, limits: SweepLimits): Promise<NewSweep> {
  const { flows, seeds, name = dataset.name } = body;
  checkTrials(body, limits);
  const names = flowNames(flows);
  const planner = new Planner(body, names, dataset, limits);
  const testFraction = await planner.sharedTestFraction();
  const trials: NewTrial[] = [];
  for (const seed of seeds)
    for (const flow of flows.keys()) trials.push({ flow, model: (await planner.plan(flow, seed, testFraction)).plan });
  return { name, datasetId: dataset.id, flows: names, trials };
}

class Planner {
  readonly #body: NewSweepBody;
  readonly #names: readonly string[];
  readonly #dataset: Dataset;
  readonly #limits: SweepLimits;

  constructor(body: NewSweepBody, names: readonly string[], dataset: Dataset, limits: SweepLimits) {
    this.#body = body;
    this.#names = names;
    this.#dataset = dataset;
    this.#limits = limits;
  }

  /**
   * Which part of the rows is held out for testing by all flows: the largest that any of them needs. With the same seed all of them
   * then train and are judged on the same rows.
   */
  async sharedTestFraction(): Promise<number> {
    const { flows, seeds } = this.#body;
    const fractions: number[] = [];
    for (const flow of flows.keys()) fractions.push((await this.plan(flow, seeds[0])).plan.training.testFraction);
    return Math.max(...fractions);
  }

  async plan(place: number, seed: number, testFraction?: number): Promise<PlannedModel> {
    // To resolve a large flow takes milliseconds.
    await others();
    const { flows, seeds: _seeds, name = this.#dataset.name, training: common, ...shared } = this.#body;
    const { flow, training: own } = flows[place];
    const training = { ...(testFraction !== undefined && { testFraction }), ...common, ...own };
    const path = `/flows/${place}`;
    const ownTime = own?.budgetSeconds !== undefined;
    return planModel(
      { ...shared, name: `${name}: ${this.#names[place]}`.slice(0, longestName), flow, training, seed },
      this.#dataset,
      this.#limits,
      { flow: `${path}/flow`, training: ownTime ? `${path}/training` : '/training' },
    );
  }
}

function checkTrials({ flows, seeds }: NewSweepBody, { maxSweepTrials }: SweepLimits): void {
  const count = flows.length * seeds.length;
  if (count <= maxSweepTrials) return;
  const message = `${flows.length} flows with ${seeds.length} seeds are ${count} trials, more than MAX_SWEEP_TRIALS=${maxSweepTrials} allows.`;
  throw refusal('too-many-trials', [{ path: '/flows', message }]);
}

/** A flow without a name of its own is called as its preset, or by its place. */
function flowNames(flows: NewSweepBody['flows']): string[] {
  const names = flows.map(
    ({ name, flow = auto }, index) => name ?? (typeof flow === 'string' ? flow : `flow ${index + 1}`),
  );
  const faults = names.flatMap((name, index) => {
    const first = names.indexOf(name);
    const message = `The flow ${first + 1} of the list is called ${quoted(name)}, too: give each a name of its own.`;
    return first < index ? [{ path: `/flows/${index}/name`, message }] : [];
  });
  if (faults.length > 0) throw refusal('flow-name-twice', faults);
  return names;
}
