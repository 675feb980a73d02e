/** The entry of an inference thread: scores and samples with models that it keeps ready. */
import { move, workerData } from 'piscina';
import { type EngineName, engineNamed } from '../engine/engines.ts';
import { float64 } from '../flow/graph/program.ts';
import { normalRows } from '../flow/random/stream.ts';
import { decodeDensity } from '../store/density-artefact.ts';
import { movedBytes, sampleBlockRows } from './blocks.ts';
import { type OnnxProgram, onnxFile } from './onnx-file.ts';
import { ReadyModels, type ServedModel } from './ready-models.ts';
import { type CarriedSteps, type CarriedThing, carried } from './steps/carried.ts';
import type { Shown } from './steps/shown.ts';

/** What a thread is told when it begins. */
export interface ThreadOptions {
  readonly engine: EngineName;
  /** What its models may keep in memory. */
  readonly modelBytes: number;
}

export interface LogProbTask {
  readonly model: ServedModel;
  /** [rows, columns + context], row-major, in the user's units. */
  readonly rows: Float64Array<ArrayBuffer>;
}

export interface SampleTask {
  readonly model: ServedModel;
  readonly seed: number;
  /** Both are multiples of `sampleBlockRows`. */
  readonly firstRow: number;
  readonly rowCount: number;
  /** One value for each context column, the same for all rows. */
  readonly context: readonly number[];
  readonly temperature: number;
}

export interface OnnxTask {
  readonly model: ServedModel;
  readonly name: string;
  readonly program: OnnxProgram;
}

export interface StepsTask {
  readonly model: ServedModel;
  readonly member: number;
  readonly shown: Shown;
  readonly thing: CarriedThing;
}

const { engine, modelBytes }: ThreadOptions = workerData;
const models = new ReadyModels(engineNamed(engine), modelBytes);

let last: Promise<unknown> = Promise.resolve();

/** One after the other: the next task waits here, so that the thread is never without one, but does not begin before. */
function inTurn<Task, Result>(work: (task: Task) => Promise<Result>): (task: Task) => Promise<Result> {
  return (task) => {
    const result = last.then(() => work(task));
    last = result.catch(() => {});
    return result;
  };
}

/** The log-density of each row, in nats and the user's units. */
export const logProb = inTurn(async ({ model, rows }: LogProbTask): Promise<Float64Array> => {
  const { width, scorer } = await models.get(model);
  const result = await (await scorer()).run({ rows: { values: rows, shape: [rows.length / width, width] } });
  return handedOver(float64(result.logProb));
});

/** Rows [rowCount, columns] in the user's units. */
export const sample = inTurn(async (task: SampleTask): Promise<Float64Array> => {
  const { model, seed, firstRow, rowCount, context, temperature } = task;
  const { columns, noiseColumns, sampler, temperedSampler } = await models.get(model);
  const executable = await (temperature === 1 ? sampler() : temperedSampler());
  const rows = new Float64Array(rowCount * columns);
  const given = {
    ...(context.length > 0 && {
      context: { values: repeated(context, sampleBlockRows), shape: [sampleBlockRows, context.length] },
    }),
    ...(temperature !== 1 && { temperature: { values: Float32Array.of(temperature), shape: [1, 1] } }),
  };
  for (let row = 0; row < rowCount; row += sampleBlockRows) {
    const values = normalRows(seed, firstRow + row, sampleBlockRows, noiseColumns);
    const block = await executable.run({ noise: { values, shape: [sampleBlockRows, noiseColumns] }, ...given });
    rows.set(float64(block.rows), row * columns);
  }
  return handedOver(rows);
});

/** The model as a self-contained ONNX file. */
export const onnx = inTurn(async ({ model: { artefact }, name, program }: OnnxTask): Promise<Uint8Array> => {
  return onnxFile(decodeDensity(artefact), { name, program });
});

/** What some points are at every step between base and data. */
export const steps = inTurn(async ({ model, member, shown, thing }: StepsTask): Promise<CarriedSteps> => {
  const ready = await models.get(model);
  return carried(thing, { encoding: ready.encoding, programs: ready.steps(member), shown });
});

function repeated(row: readonly number[], times: number): Float64Array {
  return Float64Array.from({ length: row.length * times }, (_, index) => row[index % row.length]);
}

function handedOver(values: Float64Array): Float64Array {
  // What Piscina marks arrives on the other side as it was.
  return values.byteLength > movedBytes ? (move(values) as Float64Array) : values;
}
