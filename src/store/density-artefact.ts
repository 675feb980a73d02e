import type { Standardization } from '../flow/bijectors/standardization.ts';
import type { Density, Member } from '../flow/density.ts';
import type { FlowSpec } from '../flow/flow.ts';
import { type Artefact, ArtefactError, decodeArtefact, encodeArtefact } from './artefact.ts';

const kind = 'density';
const version = 2;

/** What every version has said. */
interface Header {
  readonly kind: typeof kind;
  /** Version 1 did not name itself. */
  readonly version?: number;
  readonly columns: readonly string[];
  readonly context: readonly string[];
  /** In version 1, where a density was one flow: its array is `parameters`. */
  readonly spec?: FlowSpec;
  /** From version 2 on, of each member: its array is `parameters` and its number. */
  readonly specs?: readonly FlowSpec[];
}

/** The bytes in which a trained density is kept. */
export function encodeDensity({ columns, context, standardization, members }: Density): Uint8Array {
  const header: Header = { kind, version, columns, context, specs: members.map(({ spec }) => spec) };
  const location = Float64Array.from(standardization.location);
  const scale = Float64Array.from(standardization.scale);
  const parameters = members.map((member, index) => [parametersOf(index), member.parameters]);
  return encodeArtefact({ header, arrays: { location, scale, ...Object.fromEntries(parameters) } });
}

/** Throws ArtefactError when the bytes are damaged, are not a density, or are one of a version that is not known. */
export function decodeDensity(bytes: Uint8Array): Density {
  const { header, arrays } = decodeArtefact(bytes);
  const { location, scale } = arrays;
  if (!isHeader(header) || !location || !scale) throw noDensity();
  const standardization: Standardization = { location: Array.from(location), scale: Array.from(scale) };
  const { columns, context } = header;
  return { columns, context, standardization, members: membersOf(header, arrays) };
}

function membersOf({ version: found = 1, spec, specs = [] }: Header, arrays: Artefact['arrays']): Member[] {
  if (found > version)
    throw new ArtefactError(`The density has version ${found}; this service reads versions up to ${version}`);
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
