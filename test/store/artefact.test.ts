import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ArtefactError, decodeArtefact, encodeArtefact } from '../../src/store/artefact.ts';
import { decodeDensity, encodeDensity } from '../../src/store/density-artefact.ts';

const density = {
  columns: ['a', 'b "quoted", ünï'],
  context: ['c'],
  spec: { base: { type: 'normal' as const }, layers: [{ type: 'permutation', kind: 'reverse', order: [1, 0] }] },
  standardization: { location: [1.5, -1e300], scale: [Number.MIN_VALUE, 2] },
  parameters: Float32Array.of(0.1, -0, 3e38),
};

describe('a density', () => {
  test('comes back as it was', () => {
    assert.deepEqual(decodeDensity(encodeDensity(density)), density);
  });

  test('comes back from bytes that start anywhere in their buffer', () => {
    const encoded = encodeDensity(density);
    const moved = new Uint8Array(encoded.length + 3);
    moved.set(encoded, 3);
    assert.deepEqual(decodeDensity(moved.subarray(3)), density);
  });

  test('is refused when any one byte has changed', () => {
    const encoded = encodeDensity(density);
    for (let index = 0; index < encoded.length; index++) {
      const damaged = Uint8Array.from(encoded);
      damaged[index] ^= 1;
      assert.throws(() => decodeDensity(damaged), ArtefactError, `byte ${index}`);
    }
  });

  test('is refused when cut short or when it is something else', () => {
    const encoded = encodeDensity(density);
    for (const length of [0, 7, 47, 48, encoded.length - 1])
      assert.throws(() => decodeDensity(encoded.subarray(0, length)), ArtefactError, `${length} bytes`);
    assert.throws(() => decodeDensity(Buffer.from('PK\u0003\u0004'.repeat(50))), /Not a model artefact/);
    assert.throws(() => decodeDensity(encodeArtefact({ header: { kind: 'other' }, arrays: {} })), /not hold a density/);
  });

  test('of a later version says so', () => {
    const later = Uint8Array.from(encodeDensity(density)).with(8, 9);
    assert.throws(() => decodeArtefact(later), /has version 9; this service reads version 1/);
  });
});
