/** The entry of an inference thread: scores and samples with models that it keeps ready. */
import { workerData } from 'piscina';
import type { Executable } from '../engine/engine.ts';
import { engineNamed } from '../engine/engines.ts';
import { noiseColumns } from '../flow/density.ts';
import { float64, type Program } from '../flow/graph/program.ts';
import { logProbProgram } from '../flow/programs/log-prob.ts';
import { sampleProgram } from '../flow/programs/sample.ts';
import { normalRows } from '../flow/random/stream.ts';
import { decodeDensity } from '../store/density-artefact.ts';
import { type OnnxProgram, onnxFile } from './onnx-file.ts';

/** A model on its way to a thread; the bytes of its artefact are shared, not copied. */
export interface ServedModel {
  readonly id: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly context: readonly string[];
  readonly artefact: Uint8Array;
}

export interface LogProbTask {
  readonly model: ServedModel;
  /** [rows, columns + context], row-major, in the user's units. */
  readonly rows: Float64Array;
}

export interface SampleTask {
  readonly model: ServedModel;
  readonly seed: number;
  /** Both are multiples of `sampleBlockRows`. */
  readonly firstRow: number;
  readonly rowCount: number;
  /** One value for each context column, the same for all rows. */
  readonly context: readonly number[];
}

export interface OnnxTask {
  readonly model: ServedModel;
  readonly program: OnnxProgram;
}

/**
 * Rows are sampled in whole blocks of this size, counted from row 0. The last digits of a matrix product may depend on
 * how many rows it has; with fixed blocks, a row's do not depend on how many were asked for.
 */
export const sampleBlockRows = 256;

/** Models kept ready in this thread; those used least recently are let go. */
const keptModels = 32;

/** Serving names it to its threads. */
const engine = engineNamed(workerData);

/** A model with its programs, each loaded when it is first needed. */
class ReadyModel {
  readonly columns: number;
  readonly context: number;
  readonly noiseColumns: number;
  readonly scorer: () => Promise<Executable<'rows', 'logProb'>>;
  readonly sampler: () => Promise<Executable<string, 'rows'>>;
  readonly #loaded: Promise<Executable<string, string>>[] = [];

  constructor(artefact: Uint8Array) {
    const density = decodeDensity(artefact);
    this.columns = density.columns.length;
    this.context = density.context.length;
    this.noiseColumns = noiseColumns(density);
    this.scorer = this.#once(() => logProbProgram(density));
    this.sampler = this.#once(() => sampleProgram(density));
  }

  async release(): Promise<void> {
    for (const executable of this.#loaded) await (await executable).release();
  }

  #once<Input extends string, Output extends string>(program: () => Program<Input, Output>) {
    let loading: Promise<Executable<Input, Output>> | undefined;
    return () => {
      if (!loading) {
        loading = engine.then((loaded) => loaded.load(program()));
        this.#loaded.push(loading);
      }
      return loading;
    };
  }
}

const ready = new Map<string, ReadyModel>();

async function readyModel({ id, artefact }: ServedModel): Promise<ReadyModel> {
  const model = ready.get(id) ?? new ReadyModel(artefact);
  // A Map keeps the order of insertion: the first key is the one used least recently.
  ready.delete(id);
  ready.set(id, model);
  const [oldest] = ready.keys();
  if (ready.size > keptModels) {
    const released = ready.get(oldest);
    ready.delete(oldest);
    await released?.release();
  }
  return model;
}

/** The log-density of each row, in nats and the user's units. */
export async function logProb({ model, rows }: LogProbTask): Promise<Float64Array> {
  const { columns, context, scorer } = await readyModel(model);
  const width = columns + context;
  const result = await (await scorer()).run({ rows: { values: rows, shape: [rows.length / width, width] } });
  return float64(result.logProb);
}

/** Rows [rowCount, columns] in the user's units. */
export async function sample({ model, seed, firstRow, rowCount, context }: SampleTask): Promise<Float64Array> {
  const { columns, noiseColumns, sampler } = await readyModel(model);
  const executable = await sampler();
  const rows = new Float64Array(rowCount * columns);
  const given = { values: repeated(context, sampleBlockRows), shape: [sampleBlockRows, context.length] };
  for (let row = 0; row < rowCount; row += sampleBlockRows) {
    const values = normalRows(seed, firstRow + row, sampleBlockRows, noiseColumns);
    const noise = { values, shape: [sampleBlockRows, noiseColumns] };
    const block = await executable.run(context.length === 0 ? { noise } : { noise, context: given });
    rows.set(float64(block.rows), row * columns);
  }
  return rows;
}

/** The model as a self-contained ONNX file. */
export async function onnx({ model: { name, artefact }, program }: OnnxTask): Promise<Uint8Array> {
  return onnxFile(decodeDensity(artefact), { name, program });
}

function repeated(row: readonly number[], times: number): Float64Array {
  return Float64Array.from({ length: row.length * times }, (_, index) => row[index % row.length]);
}
