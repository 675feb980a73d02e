import type { Standardization } from '../flow/bijectors/standardization.ts';
import type { Density } from '../flow/density.ts';
import type { FlowSpec } from '../flow/flow.ts';
import { ArtefactError, decodeArtefact, encodeArtefact } from './artefact.ts';

const kind = 'density';

interface Header {
  readonly kind: typeof kind;
  readonly columns: readonly string[];
  readonly context: readonly string[];
  readonly spec: FlowSpec;
}

/** The bytes in which a trained density is kept. */
export function encodeDensity({ columns, context, spec, standardization, parameters }: Density): Uint8Array {
  const header: Header = { kind, columns, context, spec };
  const location = Float64Array.from(standardization.location);
  const scale = Float64Array.from(standardization.scale);
  return encodeArtefact({ header, arrays: { location, scale, parameters } });
}

/** Throws ArtefactError when the bytes are damaged or are not a density. */
export function decodeDensity(bytes: Uint8Array): Density {
  const { header, arrays } = decodeArtefact(bytes);
  const { location, scale, parameters } = arrays;
  if (!isHeader(header) || !(parameters instanceof Float32Array) || !location || !scale)
    throw new ArtefactError('The model artefact does not hold a density');
  const standardization: Standardization = { location: Array.from(location), scale: Array.from(scale) };
  const { columns, context, spec } = header;
  return { columns, context, spec, standardization, parameters };
}

// The checksum has vouched for the rest of the header.
const isHeader = (header: object): header is Header => 'kind' in header && header.kind === kind;
