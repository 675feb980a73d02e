import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeArtefact } from '../../src/store/artefact.ts';
import { encodeDensity } from '../../src/store/density-artefact.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/training/checkpoint.ts';
import type { FitState } from '../../src/training/fit.ts';
import { initialState } from '../../src/training/optimizer.ts';
import type { RunState } from '../../src/training/run.ts';

function runState(parameters: number[], change: Partial<RunState> = {}): RunState {
  const optimizer = initialState(Float32Array.from(parameters));
  return {
    step: 120,
    optimizer: { ...optimizer, stepsTaken: { values: Float32Array.of(118), shape: [] } },
    minibatches: { orderStart: 2 ** 40 + 3, used: 48 },
    noisePosition: 240,
    halvings: 2,
    best: {
      parameters: { values: Float32Array.from(parameters, (value) => value / 3), shape: [parameters.length] },
      validation: { mean: -1.25, standardError: 0.125 },
    },
    evaluationsSinceBest: 4,
    trainLogProb: -1.5,
    seconds: 0.375,
    ...change,
  };
}

const state: FitState = {
  seconds: 12.5,
  rounds: [
    {
      until: 100,
      standings: [
        { candidate: 1, step: 100, validationLogProb: -3.25, ended: false },
        { candidate: 0, step: 10, validationLogProb: null, ended: true },
      ],
    },
  ],
  runs: new Map([
    [1, runState([0.1, -2.5e-38, 3])],
    [14, runState([7], { step: 3, halvings: 0 })],
  ]),
};

test('what was encoded comes back, to the last bit', () => {
  assert.deepEqual(decodeCheckpoint(encodeCheckpoint(state)), state);
  const nothing: FitState = { seconds: 0, rounds: [], runs: new Map() };
  assert.deepEqual(decodeCheckpoint(encodeCheckpoint(nothing)), nothing);
});

test('a run that has never had a finite log-likelihood is kept too', () => {
  const validation = { mean: Number.NEGATIVE_INFINITY, standardError: 0 };
  const run = runState([1]);
  const unlucky = { ...run, best: { ...run.best, validation }, trainLogProb: null };
  const { runs } = decodeCheckpoint(encodeCheckpoint({ ...state, runs: new Map([[0, unlucky]]) }));
  assert.deepEqual(runs.get(0), unlucky);
});

test('a damaged checkpoint is refused wherever the damage is', () => {
  const bytes = encodeCheckpoint(state);
  for (let place = 0; place < bytes.length; place++) {
    const damaged = Uint8Array.from(bytes);
    damaged[place] ^= 1;
    assert.throws(() => decodeCheckpoint(damaged), { name: 'ArtefactError' }, `byte ${place}`);
  }
  for (const length of [0, 20, bytes.length - 1])
    assert.throws(() => decodeCheckpoint(bytes.subarray(0, length)), { name: 'ArtefactError' }, `${length} bytes`);
});

test('a checkpoint of another version, and what is none, is refused', () => {
  const header = { kind: 'checkpoint', version: 1, seconds: 0, rounds: [], runs: [] };
  assert.equal(decodeCheckpoint(encodeArtefact({ header, arrays: {} })).runs.size, 0);
  const density = { columns: ['x'], context: [], encoding: { columns: [], context: [] }, members: [] };
  for (const bytes of [
    encodeArtefact({ header: { ...header, version: 2 }, arrays: {} }),
    encodeArtefact({ header: { ...header, kind: 'density' }, arrays: {} }),
    encodeDensity(density),
  ])
    assert.throws(() => decodeCheckpoint(bytes), {
      name: 'ArtefactError',
      message: 'Expected a checkpoint of a training that this service can take up',
    });
});
