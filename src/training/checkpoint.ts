import { float32, type TensorValues } from '../flow/graph/program.ts';
import { ArtefactError, decodeArtefact, encodeArtefact } from '../store/artefact.ts';
import type { FitState } from './fit.ts';
import type { OptimizerState } from './optimizer.ts';
import type { RunState } from './run.ts';

const kind = 'checkpoint';
const version = 1;

/** JSON has no -Infinity: a mean that was never finite is null. */
type Scalars = Omit<RunState, 'optimizer' | 'best'> & {
  readonly validation: { readonly mean: number | null; readonly standardError: number };
};

interface Header extends Omit<FitState, 'runs'> {
  readonly kind: typeof kind;
  readonly version: typeof version;
  readonly runs: readonly (Scalars & { readonly flow: number })[];
}

/** The bytes in which the state of a fit is kept. */
export function encodeCheckpoint({ seconds, rounds, runs }: FitState): Uint8Array {
  const arrays: Record<string, Float32Array> = {};
  const scalars = [...runs].map(([flow, { optimizer, best, ...rest }]) => {
    for (const [name, values] of Object.entries(optimizer)) arrays[`${flow}.${name}`] = float32(values);
    arrays[`${flow}.best`] = float32(best.parameters);
    return { flow, ...rest, validation: best.validation };
  });
  const header: Header = { kind, version, seconds, rounds, runs: scalars };
  return encodeArtefact({ header, arrays });
}

/** Throws ArtefactError when the bytes are damaged or are not a checkpoint of this version. */
export function decodeCheckpoint(bytes: Uint8Array): FitState {
  const { header, arrays } = decodeArtefact(bytes);
  if (!isHeader(header)) throw new ArtefactError('Expected a checkpoint of a training that this service can take up');
  const vector = (name: string): TensorValues => {
    const values = arrays[name];
    return { values, shape: name.endsWith('stepsTaken') ? [] : [values.length] };
  };
  const runs = header.runs.map(({ flow, validation, ...rest }): [number, RunState] => {
    const optimizer: OptimizerState = {
      parameters: vector(`${flow}.parameters`),
      firstMoment: vector(`${flow}.firstMoment`),
      secondMoment: vector(`${flow}.secondMoment`),
      stepsTaken: vector(`${flow}.stepsTaken`),
      average: vector(`${flow}.average`),
    };
    const mean = validation.mean ?? Number.NEGATIVE_INFINITY;
    const best = { parameters: vector(`${flow}.best`), validation: { ...validation, mean } };
    return [flow, { ...rest, optimizer, best }];
  });
  return { seconds: header.seconds, rounds: header.rounds, runs: new Map(runs) };
}

// The checksum has vouched for the rest of the header.
const isHeader = (header: object): header is Header =>
  'kind' in header && header.kind === kind && 'version' in header && header.version === version;
