import type { Engine, Executable } from '../engine/engine.ts';
import { noiseColumns } from '../flow/density.ts';
import type { Program } from '../flow/graph/program.ts';
import { logProbProgram } from '../flow/programs/log-prob.ts';
import { sampleProgram } from '../flow/programs/sample.ts';
import { decodeDensity } from '../store/density-artefact.ts';

/** A model on its way to a thread; the bytes of its artefact are shared, not copied. */
export interface ServedModel {
  readonly id: string;
  readonly artefact: Uint8Array;
}

/** What a loaded program takes besides its parameters: its graph, and memory to run in. */
const programBytes = 4e6;

/** A model with its programs, each loaded when it is first needed. */
class ReadyModel {
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

  constructor(artefact: Uint8Array, engine: Promise<Engine>) {
    const density = decodeDensity(artefact);
    this.#engine = engine;
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
