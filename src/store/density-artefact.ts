import type { Density, Member } from '../flow/density.ts';
import { continuousEncoding, type Encoding } from '../flow/encoding/encoding.ts';
import type { FlowSpec } from '../flow/flow.ts';
import { type Artefact, ArtefactError, decodeArtefact, encodeArtefact } from './artefact.ts';

const kind = 'density';
const version = 3;

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
}

/** The bytes in which a trained density is kept. */
export function encodeDensity({ columns, context, encoding, members }: Density): Uint8Array {
  const header: Header = { kind, version, columns, context, encoding, specs: members.map(({ spec }) => spec) };
  const parameters = members.map((member, index) => [parametersOf(index), member.parameters]);
  return encodeArtefact({ header, arrays: Object.fromEntries(parameters) });
}

/** Throws ArtefactError when the bytes are damaged, are not a density, or are one of a version that is not known. */
export function decodeDensity(bytes: Uint8Array): Density {
  const { header, arrays } = decodeArtefact(bytes);
  if (!isHeader(header)) throw noDensity();
  const { version: found = 1, columns, context } = header;
  if (found > version)
    throw new ArtefactError(`The density has version ${found}; this service reads versions up to ${version}`);
  return { columns, context, encoding: encodingOf(header, arrays), members: membersOf(header, arrays) };
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
