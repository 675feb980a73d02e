import type { Density } from '../flow/density.ts';
import type { FlowSpec } from '../flow/flow.ts';
import { float32 } from '../flow/graph/program.ts';
import { RandomStream } from '../flow/random/stream.ts';
import type { CalibrationScores } from '../store/density-artefact.ts';
import { allSettled } from './all-settled.ts';
import type { MissingPolicy, Rows } from './columns.ts';
import { Stopped, TrainingError } from './errors.ts';
import type { Metrics } from './judging/judgement.ts';
import { type Round, race, type Standing } from './race.ts';
import type { Training } from './recipe.ts';
import { hasEnded, type RunProgress, type RunState } from './run.ts';
import type { PrepareTask, TrainingTable } from './table.ts';
import type { Tasks } from './tasks.ts';

export interface FitProblem {
  /** The modelled columns, then the context. */
  readonly rows: Rows;
  /** How many of the columns are context. */
  readonly context: number;
  readonly missing?: MissingPolicy;
  /** The flows of which the best is to be found; one if it is given. */
  readonly candidates: readonly FlowSpec[];
  readonly training: Training;
  readonly seed: number;
  /** Cores for one native call. */
  readonly threads: number;
}

/** How far training is. Log-probabilities are means in nats per row, in the data's own units. */
export interface Progress {
  /** Steps that were taken by all flows, and the most that all of them together will take. */
  readonly step: number;
  readonly steps: number;
  /** Passes over the training rows, and log-likelihoods, of the flow that leads. */
  readonly epoch: number;
  readonly trainLogProb: number | null;
  readonly validationLogProb: number | null;
  /** What simple densities reach on the same rows, from the first report on; see `Metrics`. */
  readonly gaussianValidationLogProb: number | null;
  readonly independentValidationLogProb: number | null;
  readonly rowsPerSecond: number;
  readonly elapsedSeconds: number;
  readonly etaSeconds: number;
}

export interface Fit {
  readonly density: Density;
  readonly metrics: Metrics;
  readonly progress: Progress;
  /** The candidates that the members of the density are of. */
  readonly winners: readonly number[];
  /** The recipe, with what the rows decided. */
  readonly training: Training;
  readonly warnings: readonly string[];
  readonly calibrationScores: CalibrationScores;
}

/** All that it takes to go on with a fit as if it had never paused. */
export interface FitState {
  readonly seconds: number;
  readonly rounds: readonly Round[];
  /** The latest state of each flow in training, by its number. */
  readonly runs: ReadonlyMap<number, RunState>;
}

export interface FitControl {
  /** Becomes 1 when the fit is to stop at the next chance. */
  readonly stop: Int32Array;
  /** Where an earlier fit of the same problem has come to. */
  readonly from?: FitState | undefined;
  onProgress?(progress: Progress): void;
  /** Called with the rows of the batches that were taken since the last call, of all flows. */
  onRows?(count: number): void;
  /** Log-likelihoods of validation rows are in the data's units. */
  onRound?(rounds: readonly Round[]): void;
  /** Called every few seconds, and between the rounds of a race. */
  onState?(state: FitState): void;
}

/** Of the time allowed, the part in which the candidates race. */
const raceShare = 0.5;
const progressMilliseconds = 400;

/**
 * Trains flows by maximum likelihood and judges what comes of it on rows that were not seen: candidates race, and the best,
 * trained to their ends, are the members of the density. The same problem gives the same density, in however many threads its tasks
 * are done and however often it is taken up again, unless its time runs out. Returns undefined when it was asked to stop.
 * Throws TrainingError when the rows cannot be fitted or training diverges.
 */
export async function fit(tasks: Tasks, problem: FitProblem, control: FitControl): Promise<Fit | undefined> {
  const { seed, threads } = problem;
  const table = await tasks.prepare(prepareTask(problem));
  // Rows with missing cells may have been dropped.
  const batchSize = Math.min(problem.training.batchSize, table.training.rows.shape[0]);
  const training = { ...problem.training, batchSize };
  const session = new FitSession(tasks, { ...problem, training }, table, control);
  const members = await session.members();
  if (!members) return undefined;
  const trained = members.map(({ candidate, state }) => ({
    spec: problem.candidates[candidate],
    parameters: float32(state.best.parameters),
  }));
  const judgement = await session.reporting(
    tasks.judge({ table, members: trained, seed, threads, stop: control.stop }),
  );
  if (!judgement) return undefined;
  const { metrics, warnings, calibrationScores } = judgement;
  return {
    density: {
      columns: table.columns,
      context: table.context,
      encoding: table.encoding,
      members: trained,
    },
    metrics,
    progress: session.progress(),
    winners: members.map(({ candidate }) => candidate),
    training: { ...training, noise: Math.max(training.noise, table.leastNoise) },
    warnings: [...table.warnings, ...warnings],
    calibrationScores,
  };
}

/** What makes the table that flows of the problem train on. */
export function prepareTask({ rows, context, missing = 'reject', training, seed }: FitProblem): PrepareTask {
  return { rows, context, missing, training, seed };
}

interface Member {
  readonly candidate: number;
  readonly state: RunState;
}

/**
 * A flow under which validation rows are on average less than half as likely as under the best one stays out: in a mixture it
 * would add little likelihood, but as many samples as the others.
 */
const stragglerNats = Math.LN2;

function withoutStragglers(members: readonly Member[]): Member[] {
  const scoreOf = ({ state }: Member) => state.best.validation.mean;
  const best = Math.max(...members.map(scoreOf));
  return members.filter((member) => scoreOf(member) >= best - stragglerNats);
}

/** One fit from its first step to its end. A flow in training has a number: its candidate's, or one after those when it is of another seed. */
class FitSession {
  readonly #tasks: Tasks;
  readonly #problem: FitProblem;
  readonly #table: TrainingTable;
  readonly #control: FitControl;
  readonly #started = performance.now();
  readonly #earlierSeconds: number;
  readonly #runs: Map<number, RunState>;
  readonly #progress = new Map<number, RunProgress>();
  #rounds: readonly Round[];
  /** What broke off one of the runs, by no fault of the flow's. */
  #broken: unknown;
  #lastReport = Number.NEGATIVE_INFINITY;

  constructor(tasks: Tasks, problem: FitProblem, table: TrainingTable, control: FitControl) {
    this.#tasks = tasks;
    this.#problem = problem;
    this.#table = table;
    this.#control = control;
    this.#earlierSeconds = control.from?.seconds ?? 0;
    this.#runs = new Map(control.from?.runs);
    this.#rounds = control.from?.rounds ?? [];
    for (const { candidate, step } of this.#rounds.flatMap(({ standings }) => standings))
      this.#progress.set(candidate, { step, trainLogProb: null, validationLogProb: Number.NEGATIVE_INFINITY });
    for (const [flow, state] of this.#runs) this.#progress.set(flow, progressOf(state));
  }

  /** The trained members of the density, the best candidate first; undefined when asked to stop. */
  async members(): Promise<Member[] | undefined> {
    const { candidates, training } = this.#problem;
    const { ensemble, steps, budgetSeconds } = training;
    try {
      const finalists = await this.#race();
      const failures: TrainingError[] = [];
      const members = await allSettled(
        Array.from({ length: ensemble }, async (_, place) => {
          const candidate = finalists[place % finalists.length];
          const round = Math.floor(place / finalists.length);
          const training = this.#train(candidate + round * candidates.length, steps, budgetSeconds);
          const state = await unlessFailed(training, failures);
          return state && { candidate, state };
        }),
      );
      const trained = members.filter((member) => member !== undefined);
      if (trained.length === 0) throw failures[0];
      return withoutStragglers(trained);
    } catch (error) {
      if (this.#broken) throw this.#broken;
      if (error instanceof Stopped) return undefined;
      throw error;
    }
  }

  async #race(): Promise<number[]> {
    const { candidates, training } = this.#problem;
    const { steps, raceSteps, ensemble, budgetSeconds } = training;
    const failures: TrainingError[] = [];
    const raceSeconds = raceShare * budgetSeconds;
    const finalists = await race(
      {
        candidates: candidates.length,
        finalists: Math.min(ensemble, candidates.length),
        raceSteps,
        rounds: this.#rounds,
      },
      {
        advance: async (candidate, until) => {
          const training = this.#train(candidate, Math.min(until, steps), raceSeconds);
          return this.#standing(candidate, await unlessFailed(training, failures));
        },
        timeIsUp: () => this.#seconds() >= raceSeconds,
        onRound: (rounds, alive) => this.#endRound(rounds, alive),
      },
    );
    // Those of a race that was taken up again after its last round are not at hand.
    if (finalists.length === 0)
      throw failures.at(0) ?? new TrainingError('diverged', 'The training of every flow failed');
    return finalists;
  }

  /** Goes on reporting during work that has no steps: who hears reports may want to stop it. */
  async reporting<Result>(work: Promise<Result>): Promise<Result> {
    const timer = setInterval(() => this.#control.onProgress?.(this.progress()), progressMilliseconds);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }

  progress(): Progress {
    const { training } = this.#problem;
    const runs = [...this.#progress.values()];
    const leader = runs.toSorted((a, b) => b.validationLogProb - a.validationLogProb).at(0);
    const inUnits = (logProb: number | null | undefined) =>
      typeof logProb === 'number' && Number.isFinite(logProb) ? this.#table.unitsLogDet + logProb : null;
    const { gaussian, independent } = this.#table.floors.validation;
    const step = runs.reduce((total, run) => total + run.step, 0);
    const steps = plannedSteps(this.#problem);
    const seconds = this.#seconds();
    const secondsLeft = Math.min((seconds / Math.max(1, step)) * (steps - step), training.budgetSeconds - seconds);
    return {
      step,
      steps,
      epoch: Math.floor(((leader?.step ?? 0) * training.batchSize) / this.#table.training.rows.shape[0]),
      trainLogProb: inUnits(leader?.trainLogProb),
      validationLogProb: inUnits(leader?.validationLogProb),
      gaussianValidationLogProb: inUnits(gaussian),
      independentValidationLogProb: inUnits(independent),
      rowsPerSecond: Math.round((step * training.batchSize) / seconds),
      elapsedSeconds: seconds,
      etaSeconds: Math.max(0, secondsLeft),
    };
  }

  #standing(candidate: number, state: RunState | undefined): Standing {
    if (!state) {
      const step = this.#progress.get(candidate)?.step ?? 0;
      return { candidate, step, validationLogProb: null, ended: true };
    }
    const { mean } = state.best.validation;
    return {
      candidate,
      step: state.step,
      validationLogProb: Number.isFinite(mean) ? this.#table.unitsLogDet + mean : null,
      ended: hasEnded(state, this.#problem.training),
    };
  }

  #endRound(rounds: readonly Round[], alive: readonly number[]): void {
    this.#rounds = rounds;
    for (const flow of this.#runs.keys()) if (!alive.includes(flow)) this.#runs.delete(flow);
    this.#control.onRound?.(rounds);
    this.#control.onState?.(this.#state());
  }

  /** Trains a flow up to a step, or until the fit has taken so many seconds. Throws Stopped when asked to stop. */
  async #train(flow: number, until: number, limitSeconds: number): Promise<RunState> {
    const { candidates, training, seed, threads } = this.#problem;
    const { stop } = this.#control;
    const task = {
      table: this.#table,
      spec: candidates[flow % candidates.length],
      training,
      seed: flow < candidates.length ? seed : new RandomStream(seed, 'members', flow).word(),
      threads,
      state: this.#runs.get(flow),
      until,
      deadline: Date.now() + 1000 * (limitSeconds - this.#seconds()),
    };
    const state = await this.#tasks
      .train(task, {
        stop,
        onProgress: (progress) => this.#report(flow, progress),
        onState: (latest) => this.#keep(flow, latest),
      })
      .catch((error) => {
        if (!(error instanceof TrainingError || error instanceof Stopped)) this.#breakOff(error);
        throw error;
      });
    this.#report(flow, progressOf(state));
    this.#keep(flow, state);
    if (Atomics.load(stop, 0) === 1) throw new Stopped();
    return state;
  }

  /** The other runs are not worth going on with. */
  #breakOff(error: unknown): void {
    this.#broken ??= error;
    Atomics.store(this.#control.stop, 0, 1);
  }

  #report(flow: number, progress: RunProgress): void {
    const newSteps = progress.step - (this.#progress.get(flow)?.step ?? 0);
    if (newSteps > 0) this.#control.onRows?.(newSteps * this.#problem.training.batchSize);
    this.#progress.set(flow, progress);
    const now = performance.now();
    if (now - this.#lastReport < progressMilliseconds) return;
    this.#lastReport = now;
    this.#control.onProgress?.(this.progress());
  }

  #keep(flow: number, state: RunState): void {
    this.#runs.set(flow, state);
    this.#control.onState?.(this.#state());
  }

  #state(): FitState {
    return { seconds: this.#seconds(), rounds: this.#rounds, runs: new Map(this.#runs) };
  }

  #seconds(): number {
    return this.#earlierSeconds + (performance.now() - this.#started) / 1000;
  }
}

/** Undefined when training failed by its own fault, which is noted. */
async function unlessFailed(training: Promise<RunState>, failures: TrainingError[]): Promise<RunState | undefined> {
  try {
    return await training;
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error;
    failures.push(error);
    return undefined;
  }
}

const progressOf = ({ step, trainLogProb, best }: RunState): RunProgress => ({
  step,
  trainLogProb,
  validationLogProb: best.validation.mean,
});

/** The steps of all flows together when none ends early. */
function plannedSteps({ candidates, training }: FitProblem): number {
  const { steps, raceSteps, ensemble } = training;
  const finalists = Math.min(ensemble, candidates.length);
  let [alive, taken, total] = [candidates.length, 0, 0];
  for (let until = Math.min(raceSteps, steps); alive > finalists && taken < steps; until = Math.min(2 * until, steps)) {
    total += alive * (until - taken);
    taken = until;
    alive = Math.max(finalists, Math.ceil(alive / 2));
  }
  return total + finalists * (steps - taken) + (ensemble - finalists) * steps;
}
