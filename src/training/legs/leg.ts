import { cpus } from 'node:os';
import packageJson from '../../../package.json' with { type: 'json' };
import type { EngineName } from '../../engine/engines.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint.ts';
import type { RunProgress, RunState, RunTask } from '../run.ts';

/** What of a run goes with its leg: the table is made anew from the model, and the rest stands beside it. */
export type LegTask = Omit<RunTask, 'table' | 'state' | 'deadline'>;

export function legTask({ spec, training, seed, threads, until }: RunTask): LegTask {
  return { spec, training, seed, threads, until };
}

/** Workers that are equal in it come to the same bits: the last digits depend on how the processor multiplies. */
export function kinOf(engine: EngineName): string {
  const [{ model = '' } = {}] = cpus();
  return [packageJson.version, engine, process.arch, model].join(' ');
}

/** A flow that is alone in its checkpoint. */
const flow = 0;

export const encodeState = (state: RunState): Uint8Array =>
  encodeCheckpoint({ seconds: 0, rounds: [], runs: new Map([[flow, state]]) });

/** Throws ArtefactError when the bytes are damaged or are no state. */
export function decodeState(bytes: Uint8Array): RunState {
  const state = decodeCheckpoint(bytes).runs.get(flow);
  if (!state) throw new TypeError('Expected the state of a flow');
  return state;
}

/** JSON has no -Infinity: a mean that was never finite is null. */
export function decodeProgress(progress: unknown): RunProgress | undefined {
  if (!progress) return undefined;
  const { step, trainLogProb, validationLogProb } = Object(progress);
  return { step, trainLogProb, validationLogProb: validationLogProb ?? Number.NEGATIVE_INFINITY };
}
