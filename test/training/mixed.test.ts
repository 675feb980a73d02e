import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { onnxRuntime } from '../../src/engine/onnxruntime.ts';
import type { Density } from '../../src/flow/density.ts';
import { Layout } from '../../src/flow/encoding/layout.ts';
import { float32, type TensorValues } from '../../src/flow/graph/program.ts';
import { encodeProgram } from '../../src/flow/programs/encode.ts';
import { logProbProgram } from '../../src/flow/programs/log-prob.ts';
import { RandomStream } from '../../src/flow/random/stream.ts';
import { resolveFlow } from '../../src/flow/spec.ts';
import { valueCounts } from '../../src/training/counts.ts';
import { train } from '../../src/training/run.ts';
import type { TrainingTable } from '../../src/training/table.ts';
import { categoryColumn, numberColumn, onRows } from '../support/encodings.ts';
import { total } from '../support/mixed.ts';
import { recipe, unstopped } from '../support/training.ts';

/** A category, a number that depends on it and may be missing, more often in the first, and a count of failures. */
const columns = [
  { ...categoryColumn(3), name: 'category' },
  numberColumn({ name: 'number', scale: 2.6, missing: true }),
  numberColumn({ name: 'count', kind: 'integer', lower: 0, location: 0.4, scale: 1 }),
];
const encoding = { columns, context: [] };
const layout = new Layout(encoding);
const names = { columns: columns.map(({ name }) => name), context: [] };

const frequencies = [0.3, 0.7];
const missing = [0.4, 0.1];
const mean = [-2, 3];
const success = [0.25, 0.5];

function draw(random: RandomStream): number[] {
  const category = Number(random.uniform() >= frequencies[0]);
  const number = random.uniform() < missing[category] ? Number.NaN : mean[category] + random.normal();
  let count = 0;
  while (random.uniform() >= success[category]) count++;
  return [category, number, count];
}

function trueLogProb([category, number, count]: readonly number[]): number {
  const ofCount = count * Math.log(1 - success[category]) + Math.log(success[category]);
  const gap = missing[category];
  const ofNumber = Number.isNaN(number)
    ? Math.log(gap)
    : Math.log(1 - gap) - 0.5 * ((number - mean[category]) ** 2 + Math.log(2 * Math.PI));
  return Math.log(frequencies[category]) + ofNumber + ofCount;
}

async function encodedRows(rows: readonly number[][]): Promise<TensorValues> {
  const { encoded, beyond } = await onRows(encodeProgram(encoding), Float64Array.from(rows.flat()), 3);
  assert.ok(beyond.every((flag) => flag === 0));
  return { values: Float32Array.from(encoded), shape: [rows.length, layout.width] };
}

const random = new RandomStream(2, 'noise');
const [trainingRows, validationRows, testRows] = [6000, 1000, 4000].map((count) =>
  Array.from({ length: count }, () => draw(random)),
);

async function tableOf(): Promise<TrainingTable> {
  const [training, validation] = await Promise.all([trainingRows, validationRows].map(encodedRows));
  return {
    ...names,
    encoding,
    ...{ training, validation, test: validation },
    // Each count stands for all that is nearer to it than to another.
    spread: layout.numbers.map((column) => (column?.kind === 'integer' ? 1 / column.scale : 0)),
    leastNoise: 0,
    unitsLogDet: 0,
    gaussianTestLogProb: null,
    warnings: [],
  };
}

async function trained(): Promise<Density> {
  const training = recipe({ steps: 1500, batchSize: 256, noise: 0.01, learningRate: 3e-3 }, trainingRows.length);
  const { spec } = resolveFlow('spline-autoregressive', { ...layout.shape, rows: trainingRows.length, path: '' });
  const table = await tableOf();
  const task = { table, spec, training, seed: 1, threads: 1, until: 1500, deadline: Number.POSITIVE_INFINITY };
  const { best } = await train(onnxRuntime, task, { ...unstopped(), onProgress() {}, onState() {} });
  return { ...names, encoding, members: [{ spec, parameters: float32(best.parameters) }] };
}

const density = await trained();
const score = async (rows: readonly number[][]) =>
  (await onRows(logProbProgram(density), Float64Array.from(rows.flat()), 3)).logProb;

describe('a density of columns of every kind', () => {
  test('comes near to the true one', async () => {
    const lost = total((await score(testRows)).map((value, row) => trueLogProb(testRows[row]) - value));
    // What a flow of some thousand parameters loses by fitting 6,000 rows, and a density at the integers to their masses.
    assert.ok(Math.abs(lost / testRows.length) < 0.05, `${lost / testRows.length} nats a row`);
  });

  test('gives counts the probabilities that they have, the least too', async () => {
    for (const category of [0, 1]) {
      const counts = Array.from({ length: 60 }, (_, count) => [category, Number.NaN, count]);
      const values = (await score(counts)).map(Math.exp);
      const all = frequencies[category] * missing[category];
      assert.ok(Math.abs(total(values) / all - 1) < 0.15, `${total(values)}, ${all}`);
      assert.ok(Math.abs(values[0] / all - success[category]) < 0.1, `${values[0] / all}`);
    }
  });

  test('does not rule out a category that no row had', async () => {
    const [never, often] = await score([
      [2, 0, 1],
      [1, 0, 1],
    ]);
    assert.ok(Number.isFinite(never) && never < often - 2, `${never}, ${often}`);
  });
});

test('the values of discrete variables are counted, gaps first', async () => {
  const rows = await encodedRows([
    [0, Number.NaN, 3],
    [1, 2, 0],
    [1, 3, 0],
  ]);
  assert.deepEqual(valueCounts(rows, layout), [
    [1, 2],
    [1, 2, 0],
  ]);
});
