import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Density } from '../../src/flow/density.ts';
import { continuousColumn } from '../../src/flow/encoding/encoding.ts';
import { ArtefactError, decodeArtefact, encodeArtefact } from '../../src/store/artefact.ts';
import {
  type CalibrationScores,
  decodeCalibration,
  decodeDensity,
  encodeDensity,
} from '../../src/store/density-artefact.ts';

const density: Density = {
  columns: ['a', 'b "quoted", ünï', 'd'],
  context: ['c'],
  encoding: {
    columns: [
      { ...continuousColumn('a', 1.5, Number.MIN_VALUE), lower: -1e300, missing: true },
      { name: 'b "quoted", ünï', kind: 'categorical', categories: ['ä', 0.1, false], missing: false, fill: 2 },
      { ...continuousColumn('d', -1e300, 2), kind: 'integer', lower: 0, upper: 2 ** 53 - 1 },
    ],
    context: [continuousColumn('c', 0, 1 / 3)],
  },
  members: [
    {
      spec: { base: { type: 'normal' }, layers: [{ type: 'permutation', kind: 'reverse', order: [1, 0] }] },
      parameters: Float32Array.of(0.1, -0, 3e38),
    },
    { spec: { base: { type: 'student-t' }, layers: [] }, parameters: Float32Array.of(7) },
  ],
};

/** Bytes that the first version wrote. */
const firstVersion = Buffer.from(
  'UFVTSEZMT1cBAAAAhAEAAMElkirAMGS4S89anS6bhKcUTMvjbhxTBhnfq20oSf7NeyJoZWFkZXIiOnsia2luZCI6ImRlbnNpdHkiLCJjb2x1bW5zIjpb' +
    'ImEiLCJiIl0sImNvbnRleHQiOlsiYyJdLCJzcGVjIjp7ImJhc2UiOnsidHlwZSI6Im5vcm1hbCIsImxlYXJuZWQiOmZhbHNlfSwibGF5ZXJzIjpbeyJ0' +
    'eXBlIjoicGVybXV0YXRpb24iLCJraW5kIjoicmV2ZXJzZSIsIm9yZGVyIjpbMSwwXX0seyJ0eXBlIjoiYWN0bm9ybSJ9XX19LCJhcnJheXMiOlt7Im5h' +
    'bWUiOiJsb2NhdGlvbiIsInR5cGUiOiJmbG9hdDY0Iiwib2Zmc2V0IjowLCJsZW5ndGgiOjN9LHsibmFtZSI6InNjYWxlIiwidHlwZSI6ImZsb2F0NjQi' +
    'LCJvZmZzZXQiOjI0LCJsZW5ndGgiOjN9LHsibmFtZSI6InBhcmFtZXRlcnMiLCJ0eXBlIjoiZmxvYXQzMiIsIm9mZnNldCI6NDgsImxlbmd0aCI6NH1d' +
    'fQAAAAAAAAAAAAD4PwAAAAAAAAjAAAAAAAAAHEAAAAAAAAAAQAAAAAAAAOA/AAAAAAAAJEAAAIA+AAAAvwAAgD8AAEBA',
  'base64',
);

/** Bytes that the second version wrote, of two flows. */
const secondVersion = Buffer.from(
  'UFVTSEZMT1cBAAAADQIAAIRjq6rjlatzI6iAOK36TnzZ3bUUCLQczXctke4HmAxpeyJoZWFkZXIiOnsia2luZCI6ImRlbnNpdHkiLCJ2ZXJzaW9uIjoy' +
    'LCJjb2x1bW5zIjpbImEiLCJiIl0sImNvbnRleHQiOlsiYyJdLCJzcGVjcyI6W3siYmFzZSI6eyJ0eXBlIjoibm9ybWFsIiwibGVhcm5lZCI6ZmFsc2V9' +
    'LCJsYXllcnMiOlt7InR5cGUiOiJwZXJtdXRhdGlvbiIsImtpbmQiOiJyZXZlcnNlIiwib3JkZXIiOlsxLDBdfSx7InR5cGUiOiJhY3Rub3JtIn1dfSx7' +
    'ImJhc2UiOnsidHlwZSI6InN0dWRlbnQtdCIsImxlYXJuZWQiOmZhbHNlfSwibGF5ZXJzIjpbXX1dfSwiYXJyYXlzIjpbeyJuYW1lIjoibG9jYXRpb24i' +
    'LCJ0eXBlIjoiZmxvYXQ2NCIsIm9mZnNldCI6MCwibGVuZ3RoIjozfSx7Im5hbWUiOiJzY2FsZSIsInR5cGUiOiJmbG9hdDY0Iiwib2Zmc2V0IjoyNCwi' +
    'bGVuZ3RoIjozfSx7Im5hbWUiOiJwYXJhbWV0ZXJzMCIsInR5cGUiOiJmbG9hdDMyIiwib2Zmc2V0Ijo0OCwibGVuZ3RoIjo0fSx7Im5hbWUiOiJwYXJh' +
    'bWV0ZXJzMSIsInR5cGUiOiJmbG9hdDMyIiwib2Zmc2V0Ijo2NCwibGVuZ3RoIjoyfV19AAAAAAAAAAAA+D8AAAAAAAAIwAAAAAAAABxAAAAAAAAAAEAA' +
    'AAAAAADgPwAAAAAAACRAAACAPgAAAL8AAIA/AABAQAAA4EAAAABB',
  'base64',
);

/** Bytes that the third version wrote, of columns of all kinds, not calibrated. */
const thirdVersion = Buffer.from(
  'UFVTSEZMT1cBAAAAAAIAAIWRrdZggr7YN3Oc/SirZxcu4ziMk536iJOmT+7NUvsEeyJoZWFkZXIiOnsia2luZCI6ImRlbnNpdHkiLCJ2ZXJzaW9uIjoz' +
    'LCJjb2x1bW5zIjpbImEiLCJiIl0sImNvbnRleHQiOlsiYyJdLCJlbmNvZGluZyI6eyJjb2x1bW5zIjpbeyJuYW1lIjoiYSIsImtpbmQiOiJpbnRlZ2Vy' +
    'IiwibG9jYXRpb24iOjEuNSwic2NhbGUiOjIsImxvd2VyIjowLCJtaXNzaW5nIjp0cnVlfSx7Im5hbWUiOiJiIiwia2luZCI6ImNhdGVnb3JpY2FsIiwi' +
    'Y2F0ZWdvcmllcyI6WyLDpCIsMC4xLGZhbHNlXSwibWlzc2luZyI6ZmFsc2UsImZpbGwiOjJ9XSwiY29udGV4dCI6W3sibmFtZSI6ImMiLCJraW5kIjoi' +
    'Y29udGludW91cyIsImxvY2F0aW9uIjo3LCJzY2FsZSI6MTAsIm1pc3NpbmciOmZhbHNlfV19LCJzcGVjcyI6W3siYmFzZSI6eyJ0eXBlIjoibm9ybWFs' +
    'IiwibGVhcm5lZCI6ZmFsc2V9LCJsYXllcnMiOlt7InR5cGUiOiJhY3Rub3JtIn1dfV19LCJhcnJheXMiOlt7Im5hbWUiOiJwYXJhbWV0ZXJzMCIsInR5' +
    'cGUiOiJmbG9hdDMyIiwib2Zmc2V0IjowLCJsZW5ndGgiOjJ9XX0AAIA+AAAAvw==',
  'base64',
);

const calibration: CalibrationScores = {
  scores: Float64Array.of(-1e300, -3.25, -3.25, 0.1),
  groups: [[2], [0]],
  groupOf: Float64Array.of(0, 1, 0, 0),
};

describe('a density', () => {
  const first = {
    spec: {
      base: { type: 'normal', learned: false },
      layers: [{ type: 'permutation', kind: 'reverse', order: [1, 0] }, { type: 'actnorm' }],
    },
    parameters: Float32Array.of(0.25, -0.5, 1, 3),
  };
  const continuous = {
    columns: ['a', 'b'],
    context: ['c'],
    encoding: {
      columns: [continuousColumn('a', 1.5, 2), continuousColumn('b', -3, 0.5)],
      context: [continuousColumn('c', 7, 10)],
    },
  };

  test('of the first version, which was one flow, is still read', () => {
    assert.deepEqual(decodeDensity(firstVersion), { ...continuous, members: [first] });
  });

  test('of the second version, of continuous columns, is still read', () => {
    const base = { type: 'student-t', learned: false };
    const second = { spec: { base, layers: [] }, parameters: Float32Array.of(7, 8) };
    assert.deepEqual(decodeDensity(secondVersion), { ...continuous, members: [first, second] });
  });

  test('of the third version, of columns of all kinds, is still read', () => {
    assert.deepEqual(decodeDensity(thirdVersion), {
      columns: ['a', 'b'],
      context: ['c'],
      encoding: {
        columns: [
          { name: 'a', kind: 'integer', location: 1.5, scale: 2, lower: 0, missing: true },
          { name: 'b', kind: 'categorical', categories: ['ä', 0.1, false], missing: false, fill: 2 },
        ],
        context: [continuousColumn('c', 7, 10)],
      },
      members: [
        {
          spec: { base: { type: 'normal', learned: false }, layers: [{ type: 'actnorm' }] },
          parameters: Float32Array.of(0.25, -0.5),
        },
      ],
    });
  });

  test('of a version before the fourth is not calibrated', () => {
    for (const bytes of [firstVersion, secondVersion, thirdVersion]) assert.equal(decodeCalibration(bytes), undefined);
  });

  test('comes back as it was, with what it is calibrated by', () => {
    assert.deepEqual(decodeDensity(encodeDensity(density)), density);
    assert.equal(decodeCalibration(encodeDensity(density)), undefined);
    const calibrated = encodeDensity(density, calibration);
    assert.deepEqual(decodeDensity(calibrated), density);
    assert.deepEqual(decodeCalibration(calibrated), calibration);
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
    const { header, arrays } = decodeArtefact(encodeDensity(density));
    const { parameters1: _missing, ...others } = arrays;
    assert.throws(() => decodeDensity(encodeArtefact({ header, arrays: others })), /not hold a density/);
    const calibrated = decodeArtefact(encodeDensity(density, calibration));
    const { calibrationScores: _lost, ...rest } = calibrated.arrays;
    assert.throws(() => decodeCalibration(encodeArtefact({ ...calibrated, arrays: rest })), /not hold a density/);
    const noMembers = encodeArtefact({ header: { ...header, specs: [] }, arrays });
    assert.throws(() => decodeDensity(noMembers), /not hold a density/);
  });

  test('of a later version says so', () => {
    const later = Uint8Array.from(encodeDensity(density)).with(8, 9);
    assert.throws(() => decodeArtefact(later), /has version 9; this service reads version 1/);
    const { header, arrays } = decodeArtefact(encodeDensity(density));
    const laterDensity = encodeArtefact({ header: { ...header, version: 5 }, arrays });
    assert.throws(() => decodeDensity(laterDensity), /The density has version 5; this service reads versions up to 4/);
  });
});
