import { createHash } from 'node:crypto';

/** A header in JSON and named arrays of numbers: what a model is, apart from its row in the database. */
export interface Artefact {
  readonly header: object;
  readonly arrays: Readonly<Record<string, Float32Array | Float64Array>>;
}

/** Bytes that are not an artefact, or no longer the one that was written. */
export class ArtefactError extends Error {
  override name = 'ArtefactError';
}

/*
 * Layout, little-endian: "PUSHFLOW" (8 bytes), version (uint32), length of the description (uint32), SHA-256 of all
 * the other bytes (32 bytes), description (JSON: the header, and for each array its name, type, offset and length),
 * padding to 8 bytes, then the arrays, each at a multiple of 8.
 */
const magic = 'PUSHFLOW';
const version = 1;
const prefixLength = 48;
const checksumOffset = 16;

const types = { float32: Float32Array, float64: Float64Array } as const;

interface Description {
  readonly header: object;
  readonly arrays: readonly { name: string; type: keyof typeof types; offset: number; length: number }[];
}

export function encodeArtefact({ header, arrays }: Artefact): Uint8Array {
  let offset = 0;
  const entries = Object.entries(arrays).map(([name, values]) => {
    const entry = { name, type: values instanceof Float32Array ? 'float32' : 'float64', offset, length: values.length };
    offset = aligned(offset + values.byteLength);
    return entry;
  });
  const description = Buffer.from(JSON.stringify({ header, arrays: entries }));
  const start = aligned(prefixLength + description.length);
  const bytes = Buffer.alloc(start + offset);
  bytes.write(magic, 'latin1');
  bytes.writeUInt32LE(version, 8);
  bytes.writeUInt32LE(description.length, 12);
  description.copy(bytes, prefixLength);
  Object.values(arrays).forEach((values, index) => {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start + entries[index].offset);
  });
  checksum(bytes).copy(bytes, checksumOffset);
  return bytes;
}

/** Throws ArtefactError when the bytes are something else, of a version that is not known, cut short or changed. */
export function decodeArtefact(encoded: Uint8Array): Artefact {
  // A copy that starts at an aligned address: the arrays are views into it.
  const bytes = Buffer.from(new Uint8Array(encoded).buffer);
  if (bytes.length < prefixLength || bytes.toString('latin1', 0, magic.length) !== magic)
    throw new ArtefactError('Not a model artefact: it does not begin as one');
  const found = bytes.readUInt32LE(8);
  if (found !== version)
    throw new ArtefactError(`The model artefact has version ${found}; this service reads version ${version}`);
  if (!checksum(bytes).equals(bytes.subarray(checksumOffset, prefixLength)))
    throw new ArtefactError('The model artefact is damaged: its checksum does not match');
  const descriptionLength = bytes.readUInt32LE(12);
  const description: Description = JSON.parse(bytes.toString('utf8', prefixLength, prefixLength + descriptionLength));
  const start = aligned(prefixLength + descriptionLength);
  const arrays = description.arrays.map(({ name, type, offset, length }) => [
    name,
    new types[type](bytes.buffer, bytes.byteOffset + start + offset, length),
  ]);
  return { header: description.header, arrays: Object.fromEntries(arrays) };
}

const aligned = (length: number) => Math.ceil(length / 8) * 8;
const checksum = (bytes: Buffer) =>
  createHash('sha256').update(bytes.subarray(0, checksumOffset)).update(bytes.subarray(prefixLength)).digest();
