import type { Engine, Executable } from '../engine/engine.ts';
import { type Density, flowsOf, noiseColumns } from '../flow/density.ts';
import type { Encoding } from '../flow/encoding/encoding.ts';
import type { Program } from '../flow/graph/program.ts';
import { logProbProgram } from '../flow/programs/log-prob.ts';
import { sampleProgram } from '../flow/programs/sample.ts';
import { gridStepsProgram, normalizedStepsProgram, sampledStepsProgram } from '../flow/programs/steps.ts';
import { decodeDensity } from '../store/density-artefact.ts';

/** A model on its way to a thread; the bytes of its artefact are shared, not copied. */
export interface ServedModel {
  readonly id: string;
  readonly artefact: Uint8Array;
}

/** What a loaded program takes besides its parameters: its graph, and memory to run in. */
const programBytes = 4e6;

/** The programs that show one member of a model layer by layer; each is loaded when it is first needed. */
export interface StepPrograms {
  readonly noiseColumns: number;
  readonly layerCount: number;
  /** Columns of numbers. */
  readonly numbers: number;
  readonly sampled: () => Promise<Executable<string, string>>;
  readonly normalized: () => Promise<Executable<string, string>>;
  readonly grid: () => Promise<Executable<string, string>>;
}

/** A model with its programs, each loaded when it is first needed. */
class ReadyModel {
  readonly encoding: Encoding;
  readonly columns: number;
  /** Columns and context. */
  readonly width: number;
  readonly noiseColumns: number;
  readonly scorer: () => Promise<Executable<'rows', 'logProb'>>;
  readonly sampler: () => Promise<Executable<string, 'rows'>>;
  /** With a temperature. */
  readonly temperedSampler: () => Promise<Executable<string, 'rows'>>;
  readonly #engine: Promise<Engine>;
  readonly #parameterBytes: number;
  readonly #loaded: Promise<Executable<string, string>>[] = [];
  readonly #density: Density;
  readonly #steps = new Map<number, StepPrograms>();

  constructor(artefact: Uint8Array, engine: Promise<Engine>) {
    const density = decodeDensity(artefact);
    this.#density = density;
    this.#engine = engine;
    this.encoding = density.encoding;
    this.#parameterBytes = artefact.length;
    this.columns = density.columns.length;
    this.width = density.columns.length + density.context.length;
    this.noiseColumns = noiseColumns(density);
    this.scorer = this.#once(() => logProbProgram(density));
    this.sampler = this.#once(() => sampleProgram(density));
    this.temperedSampler = this.#once(() => sampleProgram(density, { tempered: true }));
  }

  /** About what it keeps in memory: the parameters as they came, and in each program. */
  get byteCount(): number {
    return this.#parameterBytes + this.#loaded.length * (programBytes + 2 * this.#parameterBytes);
  }

  steps(member: number): StepPrograms {
    const known = this.#steps.get(member) ?? this.#stepsOf(member);
    this.#steps.set(member, known);
    return known;
  }

  #stepsOf(member: number): StepPrograms {
    const density = this.#density;
    const flow = flowsOf(density)[member];
    return {
      noiseColumns: flow.noiseColumns,
      layerCount: density.members[member].spec.layers.length,
      numbers: flow.ofNumbers?.columns ?? 0,
      sampled: this.#once(() => sampledStepsProgram(density, member)),
      normalized: this.#once(() => normalizedStepsProgram(density, member)),
      grid: this.#once(() => gridStepsProgram(density, member)),
    };
  }

  async release(): Promise<void> {
    for (const executable of this.#loaded) await (await executable).release();
  }

  #once<Input extends string, Output extends string>(program: () => Program<Input, Output>) {
    let loading: Promise<Executable<Input, Output>> | undefined;
    return () => {
      if (!loading) {
        loading = this.#engine.then((engine) => engine.load(program()));
        this.#loaded.push(loading);
      }
      return loading;
    };
  }
}

/** Models kept ready up to about so many bytes; those used least recently are let go. */
export class ReadyModels {
  readonly #engine: Promise<Engine>;
  readonly #maxBytes: number;
  // A Map keeps the order of insertion: the first is the one used least recently.
  readonly #models = new Map<string, ReadyModel>();

  constructor(engine: Promise<Engine>, maxBytes: number) {
    this.#engine = engine;
    this.#maxBytes = maxBytes;
  }

  /** How many are kept. */
  get size(): number {
    return this.#models.size;
  }

  /** Throws ArtefactError when the model is damaged. Only one model may be in use at a time: others may be let go. */
  async get({ id, artefact }: ServedModel): Promise<ReadyModel> {
    const model = this.#models.get(id) ?? new ReadyModel(artefact, this.#engine);
    this.#models.delete(id);
    this.#models.set(id, model);
    await this.#trim();
    return model;
  }

  async #trim(): Promise<void> {
    let bytes = [...this.#models.values()].reduce((sum, { byteCount }) => sum + byteCount, 0);
    for (const [id, model] of this.#models) {
      if (bytes <= this.#maxBytes || this.#models.size === 1) return;
      bytes -= model.byteCount;
      this.#models.delete(id);
      await model.release();
    }
  }
}
