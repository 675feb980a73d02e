import type { Density, Member } from '../flow/density.ts';
import { continuousEncoding, type Encoding } from '../flow/encoding/encoding.ts';
import type { FlowSpec } from '../flow/flow.ts';
import { type Artefact, ArtefactError, decodeArtefact, encodeArtefact } from './artefact.ts';

const kind = 'density';
const version = 4;

/** How rows that a model was not trained on are scored by it: what p-values are taken from. */
export interface CalibrationScores {
  /** Log-densities in nats and the user's units, ascending. */
  readonly scores: Float64Array;
  /** The combinations of categories that the context of these rows has: of each column of categories in it the code. */
  readonly groups: readonly (readonly number[])[];
  /** Of each score its group; empty where the context has no categories. */
  readonly groupOf: Float64Array;
}

/** What every version has said. */
interface Header {
  readonly kind: typeof kind;
  /** Version 1 did not name itself. */
  readonly version?: number;
  readonly columns: readonly string[];
  readonly context: readonly string[];
  /** From version 3 on. Before, all columns were continuous, of the arrays `location` and `scale`. */
  readonly encoding?: Encoding;
  /** In version 1, where a density was one flow: its array is `parameters`. */
  readonly spec?: FlowSpec;
  /** From version 2 on, of each member: its array is `parameters` and its number. */
  readonly specs?: readonly FlowSpec[];
  /** From version 4 on, where there are the arrays `calibrationScores` and `calibrationGroups`. */
  readonly calibrationGroups?: CalibrationScores['groups'];
}

/** The bytes in which a trained density is kept, with what it is calibrated by. */
export function encodeDensity(
  { columns, context, encoding, members }: Density,
  calibration?: CalibrationScores,
): Uint8Array {
  const specs = members.map(({ spec }) => spec);
  const groups = calibration && { calibrationGroups: calibration.groups };
  const header: Header = { kind, version, columns, context, encoding, specs, ...groups };
  const parameters = members.map((member, index) => [parametersOf(index), member.parameters]);
  const scores = calibration && { calibrationScores: calibration.scores, calibrationGroups: calibration.groupOf };
  return encodeArtefact({ header, arrays: { ...Object.fromEntries(parameters), ...scores } });
}

/** Throws ArtefactError when the bytes are damaged, are not a density, or are one of a version that is not known. */
export function decodeDensity(bytes: Uint8Array): Density {
  const { header, arrays } = decode(bytes);
  const { columns, context } = header;
  return { columns, context, encoding: encodingOf(header, arrays), members: membersOf(header, arrays) };
}

/** What the density is calibrated by; undefined where an earlier version of this service has trained it. Throws as `decodeDensity`. */
export function decodeCalibration(bytes: Uint8Array): CalibrationScores | undefined {
  const { header, arrays } = decode(bytes);
  const { calibrationGroups: groups } = header;
  if (!groups) return undefined;
  const { calibrationScores: scores, calibrationGroups: groupOf } = arrays;
  if (!(scores instanceof Float64Array && groupOf instanceof Float64Array)) throw noDensity();
  return { scores, groups, groupOf };
}

function decode(bytes: Uint8Array): { header: Header; arrays: Artefact['arrays'] } {
  const { header, arrays } = decodeArtefact(bytes);
  if (!isHeader(header)) throw noDensity();
  const { version: found = 1 } = header;
  if (found > version)
    throw new ArtefactError(`The density has version ${found}; this service reads versions up to ${version}`);
  return { header, arrays };
}

function encodingOf({ columns, context, encoding }: Header, { location, scale }: Artefact['arrays']): Encoding {
  if (encoding) return encoding;
  if (!location || !scale) throw noDensity();
  return continuousEncoding(columns, context, { location, scale });
}

function membersOf({ spec, specs = [] }: Header, arrays: Artefact['arrays']): Member[] {
  const named = spec
    ? [{ spec, name: 'parameters' }]
    : specs.map((each, index) => ({ spec: each, name: parametersOf(index) }));
  if (named.length === 0) throw noDensity();
  return named.map((member) => {
    const parameters = arrays[member.name];
    if (!(parameters instanceof Float32Array)) throw noDensity();
    return { spec: member.spec, parameters };
  });
}

const parametersOf = (member: number) => `parameters${member}`;

const noDensity = () => new ArtefactError('The model artefact does not hold a density');

// The checksum has vouched for the rest of the header.
const isHeader = (header: object): header is Header => 'kind' in header && header.kind === kind;
